#pragma once

struct sockaddr;

namespace vitrina {

// Whether an address is one of the public internet: not loopback, private, link-local, carrier-grade NAT, multicast,
// documentation, a cloud's metadata service, or a form of IPv6 that carries one of these within.
bool is_public_address(const sockaddr& address);

} // namespace vitrina

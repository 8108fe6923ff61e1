#include "http/public_address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <span>
#include <sys/socket.h>

namespace vitrina {
namespace {

struct Block4 {
    std::uint32_t first;
    int bits;
};

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d)
{
    return a << 24 | b << 16 | c << 8 | d;
}

// IANA's special-purpose registry, everything that is not globally reachable.
constexpr Block4 closed4[] = {
    {ip(0, 0, 0, 0), 8},      {ip(10, 0, 0, 0), 8},     {ip(100, 64, 0, 0), 10}, {ip(127, 0, 0, 0), 8},
    {ip(169, 254, 0, 0), 16}, {ip(172, 16, 0, 0), 12},  {ip(192, 0, 0, 0), 24},  {ip(192, 0, 2, 0), 24},
    {ip(192, 88, 99, 0), 24}, {ip(192, 168, 0, 0), 16}, {ip(198, 18, 0, 0), 15}, {ip(198, 51, 100, 0), 24},
    {ip(203, 0, 113, 0), 24}, {ip(224, 0, 0, 0), 3},
};

bool is_public4(std::uint32_t address)
{
    return std::ranges::none_of(
        closed4, [address](const Block4& block) { return (address ^ block.first) >> (32 - block.bits) == 0; });
}

using Bytes16 = std::span<const std::uint8_t, 16>;

std::uint32_t four_bytes(Bytes16 address, std::size_t at)
{
    return ip(address[at], address[at + 1], address[at + 2], address[at + 3]);
}

bool starts_with(Bytes16 address, std::initializer_list<std::uint8_t> prefix)
{
    return std::equal(prefix.begin(), prefix.end(), address.begin());
}

bool is_public6(Bytes16 address)
{
    // Forms that carry an IPv4 address are as public as that address.
    if (starts_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) // ::ffff:a.b.c.d
        return is_public4(four_bytes(address, 12));
    if (starts_with(address, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) // NAT64, 64:ff9b::/96
        return is_public4(four_bytes(address, 12));
    if (starts_with(address, {0x20, 0x02})) // 6to4
        return is_public4(four_bytes(address, 2));
    if (starts_with(address, {0x20, 0x01, 0x0d, 0xb8}) ||
        starts_with(address, {0x20, 0x01, 0, 0})) // documentation, Teredo
        return false;
    return (address[0] & 0xe0) == 0x20; // 2000::/3 is all that was ever given out
}

} // namespace

bool is_public_address(const sockaddr& address)
{
    if (address.sa_family == AF_INET)
        return is_public4(ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr));
    if (address.sa_family == AF_INET6)
        return is_public6(Bytes16(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr.s6_addr));
    return false;
}

} // namespace vitrina

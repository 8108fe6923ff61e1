#include "http/trusted_proxies.hpp"

#include "http/grammar.hpp"

#include <arpa/inet.h>
#include <cstring>
#include <optional>

namespace vitrina {
namespace {

using Address = std::array<std::uint8_t, 16>;

// IPv4 as IPv6 (::ffff:a.b.c.d), so that both compare alike.
std::optional<Address> parse_address(std::string_view text, bool* is_v4 = nullptr)
{
    if (text.size() > INET6_ADDRSTRLEN)
        return std::nullopt;
    const std::string copy(text);
    Address address{};
    in_addr v4{};
    if (::inet_pton(AF_INET, copy.c_str(), &v4) == 1) {
        address[10] = address[11] = 0xff;
        std::memcpy(address.data() + 12, &v4, 4);
        if (is_v4)
            *is_v4 = true;
        return address;
    }
    if (::inet_pton(AF_INET6, copy.c_str(), address.data()) != 1)
        return std::nullopt;
    return address;
}

bool shares_prefix(const Address& a, const Address& b, int bits)
{
    const auto bytes = std::size_t(bits / 8);
    if (std::memcmp(a.data(), b.data(), bytes) != 0)
        return false;
    const int rest = bits % 8;
    return rest == 0 || ((a[bytes] ^ b[bytes]) >> (8 - rest)) == 0;
}

// "[::1]:4711" and "192.0.2.1:4711" are what some proxies write.
std::string_view without_port(std::string_view text)
{
    if (text.starts_with('['))
        return text.substr(1, text.find(']') - 1);
    const auto colon = text.find(':');
    return colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos
               ? text.substr(0, colon)
               : text;
}

} // namespace

TrustedProxies TrustedProxies::loopback()
{
    TrustedProxies proxies;
    proxies.add("127.0.0.0/8");
    proxies.add("::1");
    return proxies;
}

bool TrustedProxies::add(std::string_view network)
{
    const auto slash = network.find('/');
    bool is_v4 = false;
    const auto prefix = parse_address(network.substr(0, slash), &is_v4);
    if (!prefix)
        return false;
    int bits = 128;
    if (slash != std::string_view::npos) {
        const auto given = grammar::number(network.substr(slash + 1));
        if (!given || *given > (is_v4 ? 32U : 128U))
            return false;
        bits = int(*given) + (is_v4 ? 96 : 0);
    }
    networks_.push_back({*prefix, bits});
    return true;
}

bool TrustedProxies::trusts(std::string_view address) const
{
    const auto parsed = networks_.empty() ? std::nullopt : parse_address(address);
    if (!parsed)
        return false;
    for (const Network& network : networks_)
        if (shares_prefix(*parsed, network.prefix, network.bits))
            return true;
    return false;
}

std::string TrustedProxies::client(std::string_view peer, std::string_view forwarded_for) const
{
    std::string_view nearest = peer;
    while (trusts(nearest) && !forwarded_for.empty()) {
        const auto comma = forwarded_for.rfind(',');
        const auto last = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
        const auto address = without_port(grammar::trim(last));
        if (!parse_address(address))
            break;
        nearest = address;
        forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
    }
    return std::string(nearest);
}

} // namespace vitrina

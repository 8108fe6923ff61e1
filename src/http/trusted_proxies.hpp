#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// The peers whose X-Forwarded-… headers are believed.
class TrustedProxies {
public:
    static TrustedProxies loopback(); // 127.0.0.0/8 and ::1
    static TrustedProxies none() { return {}; }

    // "10.0.0.0/8", "fd00::/8", "192.0.2.7". False when it is none of these.
    bool add(std::string_view network);
    bool trusts(std::string_view address) const;

    // The client behind the proxies: the last address of the X-Forwarded-For chain that is not a proxy of ours.
    // `peer` itself when it is not trusted or the chain says nothing sane.
    std::string client(std::string_view peer, std::string_view forwarded_for) const;

private:
    struct Network {
        std::array<std::uint8_t, 16> prefix; // IPv4 as ::ffff:a.b.c.d
        int bits;
    };
    std::vector<Network> networks_;
};

} // namespace vitrina

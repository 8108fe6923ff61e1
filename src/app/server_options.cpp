#include "app/server_options.hpp"

#include "app/listen_address.hpp"

namespace vitrina {
namespace {

std::chrono::milliseconds time(const Settings& settings, std::string_view name)
{
    return std::chrono::seconds(settings.number(name));
}

Limits limits_of(const Settings& settings)
{
    Limits limits;
    limits.header_time = time(settings, "VITRINA_HEADER_TIMEOUT");
    limits.keep_alive = time(settings, "VITRINA_IDLE_TIMEOUT");
    limits.body_idle = time(settings, "VITRINA_BODY_TIMEOUT");
    limits.write_idle = time(settings, "VITRINA_BODY_TIMEOUT");
    limits.minimum_rate = std::size_t(settings.number("VITRINA_MIN_RATE"));
    limits.connections = std::size_t(settings.number("VITRINA_MAX_CONNECTIONS"));
    return limits;
}

Result<TrustedProxies> proxies_of(const Settings& settings)
{
    TrustedProxies proxies;
    std::string_view rest = settings.text("VITRINA_TRUSTED_PROXIES");
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        std::string_view network = rest.substr(0, comma);
        while (network.starts_with(' '))
            network.remove_prefix(1);
        if (!network.empty() && !proxies.add(network))
            return Fault{FaultKind::invalid, "VT-CFG-005",
                         "VITRINA_TRUSTED_PROXIES: \"" + std::string(network) + "\" is not a network such as 10.0.0.0/8.",
                         {}, {}, {}};
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return proxies;
}

} // namespace

Result<ServerOptions> server_options(const Settings& settings, std::string_view listen_setting)
{
    auto address = ListenAddress::parse(listen_setting, settings.text(listen_setting));
    if (!address)
        return address.error();
    auto proxies = proxies_of(settings);
    if (!proxies)
        return proxies.error();

    ServerOptions options;
    options.address = address->host;
    options.port = address->port;
    options.public_url = settings.text("VITRINA_PUBLIC_URL");
    while (options.public_url.ends_with('/'))
        options.public_url.pop_back();
    options.proxies = std::move(*proxies);
    options.limits = limits_of(settings);
    const std::string certificate(settings.text("VITRINA_TLS_CERT")), key(settings.text("VITRINA_TLS_KEY"));
    if (certificate.empty() != key.empty())
        return Fault{FaultKind::invalid, "VT-CFG-006", "VITRINA_TLS_CERT and VITRINA_TLS_KEY go together; one is missing.",
                     {}, {}, {}};
    if (!certificate.empty())
        options.tls = TlsFiles{certificate, key};
    return options;
}

} // namespace vitrina

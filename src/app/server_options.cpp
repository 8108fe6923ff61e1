#include "app/server_options.hpp"

#include "app/listen_address.hpp"
#include "app/process_limits.hpp"
#include "core/comma_list.hpp"

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
    limits.connections = connections_possible(std::size_t(settings.number("VITRINA_MAX_CONNECTIONS")));
    limits.requests = std::size_t(settings.number("VITRINA_MAX_REQUESTS"));
    limits.header_bytes = std::size_t(settings.number("VITRINA_MAX_HEADER"));
    limits.header_count = std::size_t(settings.number("VITRINA_MAX_HEADER_FIELDS"));
    limits.target_bytes = std::size_t(settings.number("VITRINA_MAX_TARGET"));
    limits.buffered_body = std::size_t(settings.number("VITRINA_MAX_JSON"));
    return limits;
}

Result<TrustedProxies> proxies_of(const Settings& settings)
{
    TrustedProxies proxies;
    for (const std::string_view network : comma_list(settings.text("VITRINA_TRUSTED_PROXIES"))) {
        if (!proxies.add(network))
            return Fault{FaultKind::invalid,
                         "VT-CFG-005",
                         "VITRINA_TRUSTED_PROXIES: \"" + std::string(network) +
                             "\" is not a network such as 10.0.0.0/8.",
                         {},
                         {},
                         {}};
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
        return Fault{FaultKind::invalid,
                     "VT-CFG-006",
                     "VITRINA_TLS_CERT and VITRINA_TLS_KEY go together; one is missing.",
                     {},
                     {},
                     {}};
    if (!certificate.empty())
        options.tls = TlsFiles{certificate, key};
    return options;
}

} // namespace vitrina

#include "app/own_addresses.hpp"

#include "app/listen_address.hpp"
#include "app/roles.hpp"

namespace vitrina {
namespace {

// Who listens on every address is reached on loopback.
std::string reachable(const ListenAddress& address)
{
    if (address.host == "0.0.0.0")
        return "127.0.0.1";
    if (address.host == "::")
        return "[::1]";
    return address.host.find(':') == std::string::npos ? address.host : "[" + address.host + "]";
}

} // namespace

Result<std::vector<std::string>> own_addresses(const Settings& settings)
{
    const auto roles = Roles::parse(settings.text("VITRINA_ROLES"));
    if (!roles)
        return roles.error();
    const std::string scheme = settings.text("VITRINA_TLS_CERT").empty() ? "http://" : "https://";
    std::vector<std::string> addresses;
    for (const auto& [has_role, setting] : roles->listeners()) {
        if (!has_role || settings.text(setting).empty())
            continue;
        const auto address = ListenAddress::parse(setting, settings.text(setting));
        if (!address)
            return address.error();
        addresses.push_back(scheme + reachable(*address) + ":" + std::to_string(address->port));
    }
    return addresses;
}

} // namespace vitrina

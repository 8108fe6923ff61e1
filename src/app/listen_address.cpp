#include "app/listen_address.hpp"

#include <charconv>

namespace vitrina {
namespace {

Fault not_an_address(std::string_view setting, std::string_view text)
{
    return {FaultKind::invalid,
            "VT-CFG-004",
            std::string(setting) + " must be an address and a port such as 127.0.0.1:5000, not \"" + std::string(text) +
                "\".",
            {},
            {},
            {}};
}

} // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view setting, std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return not_an_address(setting, text);
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        return not_an_address(setting, text);
    if (host.empty())
        host = "::"; // also takes IPv4
    if (host == "localhost")
        host = "127.0.0.1";

    ListenAddress address{std::string(host), 0};
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (error != std::errc{} || end != port.data() + port.size() || port.empty())
        return not_an_address(setting, text);
    return address;
}

} // namespace vitrina

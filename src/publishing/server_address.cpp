#include "publishing/server_address.hpp"

#include "http/uri.hpp"

#include <algorithm>

namespace vitrina {

std::optional<std::string> parse_server_address(std::string text)
{
    while (text.ends_with('/'))
        text.pop_back();
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    for (const std::string_view scheme : {"https://", "http://"})
        if (text.starts_with(scheme) && is_host(std::string_view(text).substr(scheme.size())))
            return text;
    return std::nullopt;
}

std::optional<std::string> parse_typed_server(std::string text)
{
    if (text.find("://") == text.npos)
        text.insert(0, "https://");
    return parse_server_address(std::move(text));
}

} // namespace vitrina

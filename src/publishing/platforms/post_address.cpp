#include "publishing/platforms/post_address.hpp"

#include <algorithm>

namespace vitrina {
namespace {

constexpr std::size_t longest = 2000;
constexpr std::string_view scheme = "https://";

// What stands before the separator, which is taken off the text with it.
std::string_view take(std::string_view& text, char separator)
{
    const std::string_view part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

std::string host_of(std::string_view authority)
{
    std::string host(authority);
    std::ranges::transform(host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    for (const std::string_view prefix : {"www.", "m."})
        if (host.starts_with(prefix))
            host.erase(0, prefix.size());
    return host;
}

} // namespace

std::string PostAddress::parameter(std::string_view name) const
{
    std::string_view rest = query;
    while (!rest.empty()) {
        std::string_view pair = take(rest, '&');
        if (take(pair, '=') == name)
            return std::string(pair);
    }
    return {};
}

std::optional<PostAddress> parse_post_address(std::string_view text)
{
    const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
    if (!text.starts_with(scheme) || text.size() > longest || !printable)
        return std::nullopt;
    text.remove_prefix(scheme.size());
    std::string_view page = take(text, '#');
    std::string_view path = take(page, '?');
    const std::string_view authority = take(path, '/');
    if (authority.empty() || authority.find('@') != authority.npos)
        return std::nullopt;
    PostAddress address{host_of(authority), {}, std::string(page)};
    while (!path.empty())
        if (const std::string_view part = take(path, '/'); !part.empty())
            address.path.emplace_back(part);
    return address;
}

bool is_numeric_id(std::string_view text)
{
    return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace vitrina

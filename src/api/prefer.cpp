#include "api/prefer.hpp"

#include <algorithm>
#include <charconv>

namespace vitrina {

namespace {

std::string_view trim(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(" \t\"");
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t\"") - first + 1);
}

bool is_wait(std::string_view name)
{
    return std::ranges::equal(name, std::string_view("wait"), [](char a, char b) { return (a | 0x20) == b; });
}

} // namespace

std::optional<std::chrono::seconds> preferred_wait(const Request& request, std::chrono::seconds most)
{
    std::string_view rest = request.headers.get("Prefer");
    while (!rest.empty()) {
        const std::string_view preference = rest.substr(0, rest.find_first_of(",;"));
        rest.remove_prefix(std::min(rest.size(), preference.size() + 1));
        const std::size_t equals = preference.find('=');
        if (equals == std::string_view::npos || !is_wait(trim(preference.substr(0, equals))))
            continue;
        const std::string_view digits = trim(preference.substr(equals + 1));
        std::uint32_t seconds = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
        if (error == std::errc{} && end == digits.data() + digits.size())
            return std::min(std::chrono::seconds(seconds), most);
    }
    return std::nullopt;
}

} // namespace vitrina

#include "core/base64.hpp"

#include "core/base64url.hpp"

#include <algorithm>

namespace vitrina {

std::string to_base64(std::string_view bytes)
{
    std::string text = to_base64url(bytes);
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::string> from_base64(std::string_view text)
{
    const std::string_view digits = text.substr(0, text.find('='));
    const std::size_t padding = text.size() - digits.size();
    const bool padded = text.size() % 4 == 0 && padding <= 2 && text.substr(digits.size()) == std::string(padding, '=');
    if (!padded || digits.find_first_of("-_") != digits.npos)
        return std::nullopt;
    std::string other(digits);
    std::ranges::replace(other, '+', '-');
    std::ranges::replace(other, '/', '_');
    return from_base64url(other);
}

} // namespace vitrina

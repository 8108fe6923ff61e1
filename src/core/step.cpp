#include "core/step.hpp"

#include <algorithm>

namespace vitrina {
namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

} // namespace

std::string_view HttpReply::header(std::string_view name) const
{
    const auto found = std::ranges::find_if(headers, [&](const auto& field) { return same_name(field.first, name); });
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

} // namespace vitrina

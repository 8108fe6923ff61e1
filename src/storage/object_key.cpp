#include "storage/object_key.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace vitrina {
namespace {

constexpr std::size_t max_key = 512;
constexpr std::size_t max_segment = 200; // a file name may have 255 bytes, and ".part" is added to it

bool allowed(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

bool valid_segment(std::string_view segment)
{
    return !segment.empty() && segment.size() <= max_segment && segment.front() != '.' &&
           std::all_of(segment.begin(), segment.end(), allowed);
}

} // namespace

bool is_object_key(std::string_view key)
{
    if (key.size() > max_key || key.ends_with(".part"))
        return false;
    while (true) {
        const auto slash = key.find('/');
        if (!valid_segment(key.substr(0, slash)))
            return false;
        if (slash == key.npos)
            return true;
        key.remove_prefix(slash + 1);
    }
}

void check_object_key(std::string_view key)
{
    // The key itself is not repeated: if it could come from outside, so could control characters in the log.
    if (!is_object_key(key))
        throw std::invalid_argument("an object key of " + std::to_string(key.size()) + " bytes is malformed");
}

} // namespace vitrina

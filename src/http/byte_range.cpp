#include "http/byte_range.hpp"

#include "http/grammar.hpp"

#include <algorithm>
#include <optional>

namespace vitrina {
namespace {

constexpr std::size_t most_ranges = 16;

// "5-9", "5-" or "-5". Malformed: nothing. One that asks for nothing there is has length 0.
std::optional<ByteRange> parse_one(std::string_view text, std::uint64_t size)
{
    const auto dash = text.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const auto first = text.substr(0, dash), last = text.substr(dash + 1);
    const auto all_digits = [](std::string_view t) {
        return t.find_first_not_of("0123456789") == std::string_view::npos;
    };
    if (!all_digits(first) || !all_digits(last) || (first.empty() && last.empty()))
        return std::nullopt;
    // A number past 64 bits lies past every end.
    const auto value = [](std::string_view t) { return grammar::number(t).value_or(UINT64_MAX); };
    if (first.empty()) {
        const auto length = std::min(value(last), size);
        return ByteRange{size - length, length};
    }
    const auto from = value(first);
    if (!last.empty() && value(last) < from)
        return std::nullopt;
    if (from >= size)
        return ByteRange{size, 0};
    const auto to = last.empty() ? size - 1 : std::min(value(last), size - 1);
    return ByteRange{from, to - from + 1};
}

bool overlap(Ranges ranges)
{
    std::ranges::sort(ranges, {}, &ByteRange::offset);
    for (std::size_t i = 1; i < ranges.size(); ++i)
        if (ranges[i - 1].offset + ranges[i - 1].length > ranges[i].offset)
            return true;
    return false;
}

} // namespace

std::variant<WholeBody, Unsatisfiable, Ranges> parse_range(std::string_view header, std::uint64_t size)
{
    const auto equals = header.find('=');
    if (equals == std::string_view::npos || !grammar::same(grammar::trim(header.substr(0, equals)), "bytes"))
        return WholeBody{};
    std::string_view list = header.substr(equals + 1), element;
    Ranges ranges;
    std::size_t asked = 0;
    while (grammar::next_element(list, element)) {
        const auto range = parse_one(element, size);
        if (!range || ++asked > most_ranges)
            return WholeBody{};
        if (range->length > 0)
            ranges.push_back(*range);
    }
    if (asked == 0)
        return WholeBody{};
    if (ranges.empty())
        return Unsatisfiable{};
    if (overlap(ranges))
        return WholeBody{};
    return ranges;
}

} // namespace vitrina

#include "core/time_zone.hpp"

#include <algorithm>
#include <cctz/time_zone.h>
#include <filesystem>

namespace vitrina {
namespace {

constexpr std::string_view database = "/usr/share/zoneinfo/";
constexpr std::size_t longest_name = 64;

// Names come from outside: the library would also read files by their path, and remembers every name it was ever asked
// for.
std::optional<cctz::time_zone> find_zone(std::string_view name)
{
    const bool plain = std::ranges::all_of(name, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '+' || c == '/';
    });
    if (!plain || name.empty() || name.size() > longest_name || name.front() == '/')
        return std::nullopt;
    std::error_code error;
    cctz::time_zone zone;
    const bool known = std::filesystem::is_regular_file(std::string(database) + std::string(name), error) &&
                       cctz::load_time_zone(std::string(name), &zone);
    return known ? std::optional(zone) : std::nullopt;
}

} // namespace

bool is_time_zone(std::string_view name)
{
    return find_zone(name).has_value();
}

std::optional<Instant> local_time(std::string_view date_and_time, std::string_view name)
{
    const auto zone = find_zone(name);
    // The digits are read as if they were UTC, and then looked up as what the clocks there show.
    const bool without_offset = date_and_time.find_first_of("Zz+", 10) == date_and_time.npos &&
                                date_and_time.find('-', 10) == date_and_time.npos;
    const auto shown = date_and_time.size() > 10 && without_offset ? parse_iso_time(date_and_time) : std::nullopt;
    if (!zone || !shown)
        return std::nullopt;
    const auto in_seconds = std::chrono::floor<std::chrono::seconds>(*shown);
    const auto civil =
        cctz::convert(cctz::time_point<cctz::seconds>(in_seconds.time_since_epoch()), cctz::utc_time_zone());
    // `pre` counts by the offset before the change: both the first of two, and as long after a gap as was meant.
    const auto found = zone->lookup(civil).pre;
    return Instant(found.time_since_epoch()) + (*shown - in_seconds);
}

Instant next_midnight(Instant now, std::string_view name)
{
    const cctz::time_zone zone = find_zone(name).value_or(cctz::utc_time_zone());
    const auto at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    const cctz::civil_day today(cctz::convert(cctz::time_point<cctz::seconds>(at), zone));
    return Instant(cctz::convert(cctz::civil_second(today + 1), zone).time_since_epoch());
}

} // namespace vitrina

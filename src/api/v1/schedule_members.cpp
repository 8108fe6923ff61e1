#include "api/v1/schedule_members.hpp"

#include "core/time_zone.hpp"

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr auto a_little_late = 5min; // the request was on its way, or a clock is slow: at once
constexpr auto farthest = 2 * 366 * 24h;

bool has_offset(std::string_view text)
{
    const std::string_view time = text.substr(std::min<std::size_t>(text.size(), 10));
    return time.find_first_of("Zz+-") != time.npos;
}

} // namespace

std::optional<Schedule> read_schedule(JsonBody& body, Instant now)
{
    const std::string zone = body.text("time_zone", 64).value_or("");
    const auto* value = body.value("publish_at");
    if (!zone.empty() && !is_time_zone(zone))
        body.wrong("/time_zone", "is not the name of a time zone, as Europe/Madrid");
    if (!value || value->is_null())
        return std::nullopt;
    const auto* text = value->if_string();
    const std::string_view when = text ? std::string_view(text->data(), text->size()) : std::string_view();
    if (when.size() <= 10 || when.size() > 64) {
        body.wrong("/publish_at", "must be a date and time, as 2026-12-24T18:00:00+01:00");
        return std::nullopt;
    }
    if (!has_offset(when) && zone.empty()) {
        body.wrong("/publish_at", "says no time zone: add an offset, as +01:00, or a time_zone");
        return std::nullopt;
    }
    const auto at = has_offset(when) ? parse_iso_time(when) : local_time(when, zone);
    if (!at)
        body.wrong("/publish_at", "must be a date and time, as 2026-12-24T18:00:00+01:00");
    else if (*at < now - a_little_late)
        body.wrong("/publish_at", "has passed");
    else if (*at > now + farthest)
        body.wrong("/publish_at", "is more than two years ahead");
    return at ? std::optional(Schedule{*at, zone}) : std::nullopt;
}

} // namespace vitrina

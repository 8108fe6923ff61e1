#include "api/v1/schedule_members.hpp"

#include "core/time_zone.hpp"

namespace vitrina {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto a_little_late = 5min; // the request was on its way, or a clock is slow: at once
constexpr auto farthest = 2 * 366 * 24h;

// "" for what is no text.
std::string_view text_of(const json::object& members, std::string_view name)
{
    const auto* value = members.if_contains(name);
    const auto* text = value ? value->if_string() : nullptr;
    return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

bool has_offset(std::string_view text)
{
    const std::string_view time = text.substr(std::min<std::size_t>(text.size(), 10));
    return time.find_first_of("Zz+-") != time.npos;
}

} // namespace

std::optional<Schedule> read_schedule(JsonBody& body, Instant now)
{
    json::object members;
    for (const char* name : {"publish_at", "time_zone"})
        if (const auto* value = body.value(name))
            members[name] = *value;
    return read_schedule(body, members, "", now);
}

std::optional<Schedule> read_schedule(JsonBody& body, const json::object& members, const std::string& below,
                                      Instant now)
{
    const std::string zone(text_of(members, "time_zone"));
    const auto* named = members.if_contains("time_zone");
    const bool is_text_or_null = !named || named->is_null() || named->is_string();
    if (!is_text_or_null || (!zone.empty() && !is_time_zone(zone)))
        body.wrong(below + "/time_zone", "is not the name of a time zone, as Europe/Madrid");
    const auto* value = members.if_contains("publish_at");
    if (!value || value->is_null())
        return std::nullopt;
    const auto wrong = [&body, &below](std::string detail) { body.wrong(below + "/publish_at", std::move(detail)); };
    const std::string_view when = text_of(members, "publish_at");
    if (when.size() <= 10 || when.size() > 64) {
        wrong("must be a date and time, as 2026-12-24T18:00:00+01:00");
        return std::nullopt;
    }
    if (!has_offset(when) && zone.empty()) {
        wrong("says no time zone: add an offset, as +01:00, or a time_zone");
        return std::nullopt;
    }
    const auto at = has_offset(when) ? parse_iso_time(when) : local_time(when, zone);
    if (!at)
        wrong("must be a date and time, as 2026-12-24T18:00:00+01:00");
    else if (*at < now - a_little_late)
        wrong("has passed");
    else if (*at > now + farthest)
        wrong("is more than two years ahead");
    return at ? std::optional(Schedule{*at, zone}) : std::nullopt;
}

} // namespace vitrina

#include "api/video_filter.hpp"

#include <algorithm>
#include <charconv>

namespace vitrina {

namespace {

constexpr std::size_t most_tags = 20;

constexpr std::size_t plain_date_length = std::string_view("2026-03-01").size();

Fault wrong(std::string message)
{
    return {FaultKind::invalid, "VT-REQ-007", std::move(message)};
}

std::string list_name(VideoSort sort, SortDirection direction)
{
    std::string name = sort == VideoSort::title ? "videos.title" : "videos.date";
    return name + (direction == SortDirection::ascending ? ".up" : ".down");
}

Result<std::optional<Instant>> parse_time(const Request& request, std::string_view name)
{
    const std::optional<std::string> text = request.query_value(name);
    if (!text || text->empty())
        return std::optional<Instant>();
    // A '+' of a zone that was not escaped arrives as a space.
    std::string repaired = *text;
    if (const std::size_t space = repaired.find(' ', plain_date_length + 1); space != std::string::npos)
        repaired[space] = '+';
    const std::optional<Instant> instant = parse_iso_time(repaired);
    if (!instant)
        return wrong(std::string(name) +
                     " must be an ISO date or date-time such as 2026-03-01 or 2026-03-01T12:30:00Z.");
    const bool whole_day = name == "to" && text->size() == plain_date_length;
    return std::optional(whole_day ? *instant + std::chrono::days(1) - std::chrono::microseconds(1) : *instant);
}

} // namespace

Result<VideoFilter> parse_video_filter(const Request& request)
{
    VideoFilter filter;
    filter.search = request.query_value("search").value_or(std::string());
    filter.tags = request.query_values("tag");
    // No text has a NUL, and not every engine takes one.
    std::ranges::replace(filter.search, '\0', ' ');
    for (std::string& tag : filter.tags)
        std::ranges::replace(tag, '\0', ' ');
    if (filter.tags.size() > most_tags)
        return wrong("tag may be given at most " + std::to_string(most_tags) + " times.");
    auto from = parse_time(request, "from");
    if (!from)
        return from.error();
    auto to = parse_time(request, "to");
    if (!to)
        return to.error();
    filter.from = *from;
    filter.to = *to;
    return filter;
}

std::string video_cursor_text(const VideoCursor& cursor, VideoSort sort, SortDirection direction)
{
    return cursor_text({list_name(sort, direction), {std::to_string(cursor.position), cursor.title_key}});
}

Result<VideoCursor> parse_video_cursor(std::string_view text, VideoSort sort, SortDirection direction)
{
    auto cursor = parse_cursor(text, list_name(sort, direction), 2);
    if (!cursor)
        return cursor.error();
    const std::string& digits = cursor->keys[0];
    VideoCursor place;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), place.position);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return bad_cursor();
    place.title_key = std::move(cursor->keys[1]);
    return place;
}

} // namespace vitrina

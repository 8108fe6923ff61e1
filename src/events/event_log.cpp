#include "events/event_log.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

#define EVENT_COLUMNS "position, id, type, subject, video_id, at, data"

// Of one transaction: others wait for it.
constexpr std::int64_t forgotten_at_once = 500;

constexpr Sql next_events{"SELECT " EVENT_COLUMNS " FROM events WHERE position > $1 ORDER BY position LIMIT $2"};

EventId event_id(std::string_view text)
{
    const auto id = EventId::parse(text);
    if (!id)
        throw std::runtime_error("an event in the database has the malformed id " + std::string(text));
    return *id;
}

std::vector<Event> read_events(const Rows& rows)
{
    std::vector<Event> events;
    events.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        events.push_back({.position = row.integer(0),
                          .id = event_id(row.text(1)),
                          .type = std::string(row.text(2)),
                          .subject = std::string(row.text(3)),
                          .video = VideoId::parse(row.text(4)),
                          .at = Instant{std::chrono::microseconds{row.integer(5)}},
                          .data = std::string(row.text(6))});
    }
    return events;
}

} // namespace

Task<std::vector<Event>> EventLog::after(std::int64_t position, int most)
{
    const Rows rows = co_await db_.read(next_events, position, std::int64_t(most));
    co_return read_events(rows);
}

Task<std::vector<Event>> EventLog::after(Transaction& transaction, std::int64_t position, int most)
{
    const Rows rows = co_await transaction.run(next_events, position, std::int64_t(most));
    co_return read_events(rows);
}

Task<std::vector<Event>> EventLog::after(std::int64_t position, int most, VideoId video)
{
    static constexpr Sql query{"SELECT " EVENT_COLUMNS " FROM events WHERE video_id = $3 AND position > $1 "
                               "ORDER BY position LIMIT $2"};
    const Rows rows = co_await db_.read(query, position, std::int64_t(most), video.text());
    co_return read_events(rows);
}

Task<EventLog::Extent> EventLog::extent()
{
    static constexpr Sql query{"SELECT position, id, (SELECT MIN(position) FROM events) FROM events "
                               "ORDER BY position DESC LIMIT 1"};
    const Rows rows = co_await db_.read(query);
    Extent extent;
    if (!rows.empty())
        extent = {rows.front().integer(2), rows.front().integer(0), event_id(rows.front().text(1))};
    co_return extent;
}

Task<std::optional<std::int64_t>> EventLog::position_of(EventId id)
{
    static constexpr Sql query{"SELECT position FROM events WHERE id = $1"};
    if (id == EventId{})
        co_return 0;
    const Rows rows = co_await db_.read(query, id.text());
    co_return rows.empty() ? std::nullopt : std::optional(rows.front().integer(0));
}

Task<int> EventLog::forget(Instant older_than)
{
    static constexpr Sql remove{
        // Up to the first that is not old: a clock may have gone back.
        "DELETE FROM events WHERE position IN (SELECT position FROM events ORDER BY position LIMIT $2) AND "
        "position < COALESCE((SELECT MIN(position) FROM (SELECT position, at FROM events ORDER BY position LIMIT $2) "
        "AS oldest WHERE at >= $1), (SELECT MAX(position) FROM events))"};
    int forgotten = 0;
    while (true) {
        const std::int64_t before = older_than.time_since_epoch().count();
        const Rows removed = co_await db_.write(remove, before, forgotten_at_once);
        forgotten += int(removed.changed());
        if (removed.changed() < forgotten_at_once)
            co_return forgotten;
    }
}

} // namespace vitrina

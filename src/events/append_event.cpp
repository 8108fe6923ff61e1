#include "events/append_event.hpp"

#include "events/event.hpp"
#include "events/event_types.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::size_t most_data = 4096;

} // namespace

Task<> append_event(Transaction& transaction, NewEvent event)
{
    // Every writing transaction waits for the one before it to be over, so nobody else counts on from the same row, and
    // a reader that sees a position sees all before it.
    static constexpr Sql add{"INSERT INTO events (position, id, type, subject, video_id, at, data) VALUES "
                             "((SELECT COALESCE(MAX(position), 0) + 1 FROM events), $1, $2, $3, $4, $5, $6)"};
    if (!is_event_type(event.type))
        throw std::logic_error("there is no event " + std::string(event.type));
    if (event.data.size() > most_data)
        throw std::logic_error("too much data for an event: " + std::string(event.type));
    const Value video = event.video.empty() ? Value() : Value(std::move(event.video));
    const std::int64_t at = event.at.time_since_epoch().count();
    co_await transaction.run(add, EventId::make(event.at).text(), std::string(event.type), std::move(event.subject),
                             video, at, std::move(event.data));
    transaction.ring_at_commit();
}

} // namespace vitrina

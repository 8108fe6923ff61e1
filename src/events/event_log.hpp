#pragma once
#include "db/database.hpp"
#include "events/event.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace vitrina {

// The events that are kept, for readers. A reader stands at a position: the last event it knows, 0 for none.
class EventLog {
public:
    explicit EventLog(Database& database) : db_(database) {}

    // The next ones after the position, oldest first. Where the first of them is not position + 1, those in between
    // are kept no more.
    Task<std::vector<Event>> after(std::int64_t position, int most);
    // The same within a transaction.
    static Task<std::vector<Event>> after(Transaction& transaction, std::int64_t position, int most);
    // The same for the history of one video; its positions have gaps.
    Task<std::vector<Event>> after(std::int64_t position, int most, VideoId video);

    struct Extent {
        std::int64_t first = 1; // the oldest that is kept
        std::int64_t last = 0; // the newest
        EventId last_id; // all zeros while nothing ever happened
    };
    Task<Extent> extent();
    // Nothing for an event that is kept no more, or never was. All zeros is the position before the first event.
    Task<std::optional<std::int64_t>> position_of(EventId id);

    // Removes what is older, in small transactions; the newest event always stays. How many there were.
    Task<int> forget(Instant older_than);

private:
    Database& db_;
};

} // namespace vitrina

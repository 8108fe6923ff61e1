#pragma once
#include "api/event_stream.hpp"
#include "events/event_follower.hpp"
#include "events/event_log.hpp"
#include "http/route.hpp"

#include <vector>

namespace vitrina {

// /v1/events: what happened, as pages or as a stream that goes on.
class EventsApi {
public:
    EventsApi(Database& database, EventFollower& follower, EventStreamOptions options = {});

    std::vector<Route> routes();
    const EventStreamCounters& counters() const { return counters_; }

private:
    struct Beginning;

    Task<Response> list(const Request& request);
    Task<Response> page(const Request& request, EventFilter filter);
    Task<Result<std::int64_t>> position_asked_for(const Request& request);
    Task<Response> stream(const Request& request, EventFilter filter);
    Task<Beginning> beginning(std::optional<EventId> known);

    EventLog log_;
    EventFollower& follower_;
    EventStreamOptions options_;
    EventStreamCounters counters_;
};

} // namespace vitrina

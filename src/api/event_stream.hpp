#pragma once
#include "api/event_filter.hpp"
#include "events/event_log.hpp"
#include "events/event_reader.hpp"
#include "http/response.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace vitrina {

// Seen by the metrics; of this process.
struct EventStreamCounters {
    std::atomic<std::uint64_t> open = 0;    // streams just now
    std::atomic<std::uint64_t> refused = 0; // because there were too many
    std::atomic<std::uint64_t> sent = 0;    // events
    std::atomic<std::uint64_t> resets = 0;  // streams told that events they missed are kept no more
};

// One of the streams that may be open at the same time.
class EventStreamPlace {
public:
    // Null when all are taken.
    static std::unique_ptr<EventStreamPlace> take(EventStreamCounters& counters, std::uint64_t most);
    ~EventStreamPlace();
    EventStreamPlace(const EventStreamPlace&) = delete;
    EventStreamPlace& operator=(const EventStreamPlace&) = delete;

    EventStreamCounters& counters() { return counters_; }

private:
    explicit EventStreamPlace(EventStreamCounters& counters) : counters_(counters) {}
    EventStreamCounters& counters_;
};

struct EventStreamOptions {
    std::uint64_t streams = 1000; // open at the same time
    // So often something is sent: proxies and clients know that the line is alive, and we that the client is.
    std::chrono::milliseconds heartbeat{15'000};
    // A stream that was let in by a token ends after this long: its client comes back by itself, and a token that was
    // revoked meanwhile lets nobody in.
    std::chrono::milliseconds longest_by_token{600'000};
};

// Where a stream begins.
struct EventStreamStart {
    EventId id; // of the event the client knows; what comes next is sent
    bool missed = false; // what came after the one it named is kept no more
};

// The text of a stream of server-sent events (WHATWG HTML, 9.2): each event once, in order.
class EventStream final : public LiveBody {
public:
    using Time = std::chrono::steady_clock::time_point;

    EventStream(std::unique_ptr<EventStreamPlace> place, EventLog log, std::unique_ptr<EventReader> reader,
                EventFilter filter, EventStreamStart start, std::chrono::milliseconds heartbeat, Time end);

    Task<std::string> next() override;
    void stop() override { reader_->stop(); }

private:
    std::string greeting();
    std::string heartbeat();
    std::string reset();
    Task<std::string> start_over();
    void append(std::string& out, const Event& event);

    std::unique_ptr<EventStreamPlace> place_;
    EventLog log_;
    std::unique_ptr<EventReader> reader_;
    EventFilter filter_;
    EventStreamStart start_;
    std::chrono::milliseconds heartbeat_;
    Time end_;
    bool greeted_ = false;
    EventId passed_; // the last event, wanted or not
    EventId told_; // the last id the client was sent
};

} // namespace vitrina

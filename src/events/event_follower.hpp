#pragma once
#include "db/database.hpp"
#include "events/event_reader.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace vitrina {

struct FollowerOptions {
    // Between two looks for what other processes committed; commits of this one are heard of at once.
    std::chrono::milliseconds poll{500};
    // The newest events, held in memory for all readers; who is further behind asks the database.
    std::size_t remembered = 1024;
};

// Looks for new events on behalf of all readers of a process: one question to the database for all of them, and none
// while nobody reads. From any thread.
class EventFollower {
public:
    // `loop` is where it looks.
    EventFollower(Database& database, Executor loop, FollowerOptions options = {});
    ~EventFollower();
    EventFollower(const EventFollower&) = delete;
    EventFollower& operator=(const EventFollower&) = delete;

    // Reads on `here`, from what comes after the position.
    std::unique_ptr<EventReader> follow(Executor here, std::int64_t position);
    // The process ends: all readers are stopped, those to come as well.
    void stop();
    bool stopped() const;

    std::size_t readers() const;
    // Whether it asks the database now and then. A while after stop() it does not, and the database may go.
    bool is_looking() const;

private:
    std::shared_ptr<FollowedEvents> followed_;
};

} // namespace vitrina

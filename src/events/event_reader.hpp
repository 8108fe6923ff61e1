#pragma once
#include "events/event.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace vitrina {

struct FollowedEvents; // what a follower and its readers share
struct WaitingReader;

// One reader's way along the log: every event once, in order, as soon as it is committed. Made by EventFollower; used
// on the loop it was made for.
class EventReader {
public:
    ~EventReader();
    EventReader(const EventReader&) = delete;
    EventReader& operator=(const EventReader&) = delete;

    struct News {
        std::vector<std::shared_ptr<const Event>> events;
        bool missed = false; // what comes next is kept no more; move_to() is the way on
    };
    // The next events, few at a time; waits for them. Nothing when the patience is over, or it was stopped. What is
    // further back than the follower remembers comes from the database, whose failure is thrown.
    Task<News> next(std::chrono::steady_clock::duration patience);
    // Ends a wait; from then on there is nothing. On the reader's loop.
    void stop();
    bool stopped() const;

    std::int64_t position() const { return position_; }
    void move_to(std::int64_t position) { position_ = position; }

private:
    friend class EventFollower;
    EventReader(std::shared_ptr<FollowedEvents> followed, std::shared_ptr<WaitingReader> waiting,
                std::int64_t position);
    Task<News> next_from_database();

    std::shared_ptr<FollowedEvents> followed_;
    std::shared_ptr<WaitingReader> waiting_;
    std::int64_t position_;
};

} // namespace vitrina

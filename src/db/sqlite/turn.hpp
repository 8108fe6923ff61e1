#pragma once
#include "core/task.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace vitrina {

// Who may write: one at a time, first come, first served, across all event loops, and nobody blocks while waiting.
class Turn {
public:
    // Having the turn. Dropping it passes the turn on.
    class Held {
    public:
        Held() = default;
        Held(Held&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}
        Held& operator=(Held&& other) noexcept
        {
            std::swap(turn_, other.turn_);
            return *this;
        }
        ~Held()
        {
            if (turn_)
                turn_->pass_on();
        }

    private:
        friend class Turn;
        explicit Held(Turn& turn) : turn_(&turn) {}
        Turn* turn_ = nullptr;
    };

    // Throws Unavailable when the turn does not come within `patience`.
    Task<Held> take(std::chrono::milliseconds patience);

private:
    struct Waiter;
    class Place;

    void pass_on();

    std::mutex mutex_;
    bool taken_ = false;
    std::deque<std::shared_ptr<Waiter>> waiting_;
};

} // namespace vitrina

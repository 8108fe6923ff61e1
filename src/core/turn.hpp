#pragma once
#include "core/task.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace vitrina {

// Who may have one of a few things (the writer, a connection): first come, first served, across all event loops, and
// nobody blocks while waiting.
class Turn {
public:
    // `what`: said when it takes too long; a constant of the program.
    explicit Turn(int places = 1, std::string_view what = "the database is busy") : free_(places), what_(what) {}

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
    int free_;
    const std::string_view what_;
    std::deque<std::shared_ptr<Waiter>> waiting_;
};

} // namespace vitrina

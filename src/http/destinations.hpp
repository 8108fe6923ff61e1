#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace vitrina {

// How the hosts that requests go to have been doing, across all loops of this process: each is asked so many things at
// once and no more, and one that never answers is left alone for a while (a circuit breaker), so that the others' turns
// are not spent on waiting for it.
class Destinations {
public:
    using Time = std::chrono::steady_clock::time_point;
    struct Limits {
        int at_once = 16;
        int failures = 8; // in a row
        std::chrono::seconds first_pause{10}, longest_pause{300}; // doubling while it still does not answer
    };

    Destinations() : Destinations(Limits{}) {}
    explicit Destinations(Limits limits) : limits_(limits) {}

    enum class Entry {
        entered, // leave() has to follow
        full,
        shut, // until `until`
    };
    struct Answer {
        Entry entry = Entry::entered;
        Time until{};
    };
    Answer enter(const std::string& host, Time now);
    enum class Outcome { answered, silent, unrelated }; // unrelated: it ended by something of our own
    void leave(const std::string& host, Outcome outcome, Time now);

    // How many are left alone just now.
    std::size_t shut(Time now) const;

private:
    struct Destination {
        int inside = 0, failures = 0;
        bool probing = false; // one may try whether it answers again
        Time shut_until{};
    };
    bool is_shut(const Destination& destination, Time now) const;

    const Limits limits_;
    mutable std::mutex mutex_;
    std::map<std::string, Destination> destinations_; // those that are in use or in trouble
};

} // namespace vitrina

#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>

namespace vitrina {

// How often something was done, and how long that took in all. Counted on any thread, seen by the metrics.
struct TimeSpent {
    std::atomic<std::uint64_t> times = 0, nanoseconds = 0;

    void add(std::chrono::nanoseconds duration)
    {
        nanoseconds += std::uint64_t(duration.count());
        ++times;
    }
    double seconds() const { return double(nanoseconds) / 1e9; }
};

// Counts from its making to its end, however that comes about.
class Timed {
public:
    explicit Timed(TimeSpent& spent) : spent_(spent) {}
    ~Timed() { spent_.add(std::chrono::steady_clock::now() - begin_); }
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

private:
    TimeSpent& spent_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

} // namespace vitrina

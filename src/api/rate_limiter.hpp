#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace vitrina {

// A bucket of requests for each caller: it holds a minute's worth, and fills up evenly. For all loops.
class RateLimiter {
public:
    using Time = std::chrono::steady_clock::time_point;

    // 0: no limit.
    explicit RateLimiter(std::uint32_t per_minute, std::size_t most_callers = 65'536)
        : per_minute_(per_minute), most_callers_(most_callers)
    {
    }

    struct State {
        bool allowed = true;
        std::uint32_t remaining = 0;
        std::chrono::seconds until_next{}; // until one more is there
    };
    State take(const std::string& caller, Time now);
    // What is left, without taking any.
    State look(const std::string& caller, Time now) const;

    bool is_on() const { return per_minute_ > 0; }
    std::uint32_t per_minute() const { return per_minute_; }
    std::uint64_t refused() const;

private:
    struct Bucket {
        double tokens;
        Time filled_at;
    };
    State state_of(double tokens, bool allowed) const;
    void forget_full(Time now);
    double filled(const Bucket& bucket, Time now) const;

    const std::uint32_t per_minute_;
    const std::size_t most_callers_;
    mutable std::mutex mutex_; // of what follows
    std::unordered_map<std::string, Bucket> buckets_;
    std::uint64_t refused_ = 0;
};

} // namespace vitrina

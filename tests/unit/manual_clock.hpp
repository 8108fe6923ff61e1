#pragma once
#include "core/clock.hpp"

#include <atomic>

namespace vitrina {

// A clock that stands still until a test moves it.
class ManualClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::microseconds{micros_.load()}}; }
    void advance(std::chrono::microseconds by) { micros_ += by.count(); }

private:
    std::atomic<std::int64_t> micros_{1'772'366'400'000'000}; // 2026-03-01T12:00:00Z
};

} // namespace vitrina

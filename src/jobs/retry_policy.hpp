#pragma once
#include <chrono>
#include <cstdint>

namespace vitrina {

// Exponential backoff with full jitter: somewhere between nothing and twice as long as last time, up to a cap, so
// that what failed together does not come back together.
struct RetryPolicy {
    std::chrono::microseconds base = std::chrono::seconds{5};
    std::chrono::microseconds cap = std::chrono::hours{1};

    // How long to wait after `attempts` failed ones (1 or more). `dice` is uniform in [0, 1).
    std::chrono::microseconds delay(int attempts, double dice) const;
};

} // namespace vitrina

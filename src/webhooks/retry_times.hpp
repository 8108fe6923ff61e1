#pragma once
#include "core/clock.hpp"

#include <chrono>
#include <optional>

namespace vitrina {

// When a delivery that failed is tried again: after seconds first, after hours in the end, until it is given up.
struct RetryTimes {
    // From when the delivery was made; then it is tried for the last time.
    std::chrono::microseconds tried_for = std::chrono::hours{72};

    // After so many failed attempts (1 or more). `asked_for` is what the receiver said in Retry-After. `dice` is
    // uniform in [0, 1): a fifth less or more, so that what failed together does not come back together. Nothing when
    // it was the last attempt.
    std::optional<Instant> next(int attempts, Instant now, Instant give_up_at,
                                std::optional<std::chrono::seconds> asked_for, double dice) const;
    // How long nothing is sent to a webhook of which so many attempts failed in a row (1 or more).
    std::chrono::microseconds rest(int failures, double dice) const;
    // Whether a webhook that has taken nothing since then is to be paused.
    bool is_long(Instant failing_since, Instant now) const;
};

// Seconds or an HTTP date; nothing for what is neither.
std::optional<std::chrono::seconds> retry_after(std::string_view text, Instant now);

} // namespace vitrina

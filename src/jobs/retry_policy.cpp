#include "jobs/retry_policy.hpp"

#include <algorithm>

namespace vitrina {

std::chrono::microseconds RetryPolicy::delay(int attempts, double dice) const
{
    auto longest = std::min(base, cap);
    for (int i = 1; i < attempts && longest < cap; ++i)
        longest = longest > cap / 2 ? cap : longest * 2;
    return std::chrono::microseconds{std::int64_t(double(longest.count()) * dice)};
}

} // namespace vitrina

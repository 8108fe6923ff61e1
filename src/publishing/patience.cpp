#include "publishing/patience.hpp"

namespace vitrina {

std::chrono::microseconds pause_for(Wait::Kind kind, int in_a_row, double dice)
{
    using namespace std::chrono_literals;
    const int doublings = std::clamp(in_a_row - 1, 0, 10);
    switch (kind) {
    case Wait::Kind::transient: return RetryPolicy{2s, 5min}.delay(std::max(in_a_row, 1), dice);
    case Wait::Kind::rate_limited: return std::min<std::chrono::microseconds>(15min * (1 << doublings), 6h);
    case Wait::Kind::quota: return 1h;
    case Wait::Kind::processing:
    case Wait::Kind::anew: return 10s;
    }
    return 10s;
}

} // namespace vitrina

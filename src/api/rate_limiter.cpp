#include "api/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace vitrina {

double RateLimiter::filled(const Bucket& bucket, Time now) const
{
    const double seconds = std::chrono::duration<double>(now - bucket.filled_at).count();
    return std::min<double>(per_minute_, bucket.tokens + seconds * per_minute_ / 60);
}

RateLimiter::State RateLimiter::take(const std::string& caller, Time now)
{
    if (!is_on())
        return {};
    const std::lock_guard lock(mutex_);
    if (buckets_.size() >= most_callers_ && !buckets_.contains(caller))
        forget_full(now);
    Bucket& bucket = buckets_.try_emplace(caller, Bucket{double(per_minute_), now}).first->second;
    bucket.tokens = filled(bucket, now);
    bucket.filled_at = now;
    const bool allowed = bucket.tokens >= 1;
    if (allowed)
        bucket.tokens -= 1;
    else
        ++refused_;
    return state_of(bucket.tokens, allowed);
}

RateLimiter::State RateLimiter::look(const std::string& caller, Time now) const
{
    const std::lock_guard lock(mutex_);
    const auto bucket = buckets_.find(caller);
    const double tokens = bucket == buckets_.end() ? double(per_minute_) : filled(bucket->second, now);
    return state_of(tokens, tokens >= 1);
}

RateLimiter::State RateLimiter::state_of(double tokens, bool allowed) const
{
    const double missing = std::max(0.0, 1 - tokens);
    return {allowed, std::uint32_t(tokens), std::chrono::seconds(std::int64_t(std::ceil(missing * 60 / per_minute_)))};
}

// A full bucket says nothing that a new one would not. When strangers keep them all busy, everybody starts anew:
// memory stays bounded, and the limit is a courtesy, not a defence against a flood (that is the proxy's work).
void RateLimiter::forget_full(Time now)
{
    std::erase_if(buckets_, [&](const auto& entry) { return filled(entry.second, now) >= per_minute_; });
    if (buckets_.size() >= most_callers_)
        buckets_.clear();
}

std::uint64_t RateLimiter::refused() const
{
    const std::lock_guard lock(mutex_);
    return refused_;
}

} // namespace vitrina

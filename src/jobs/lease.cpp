#include "jobs/lease.hpp"

namespace vitrina {
namespace {

using Phase = Lease::Phase;

// The job as it leaves the hands of its worker; nothing when they do not hold it.
std::optional<Lease> left(const Lease& job, std::int64_t fence, Phase next)
{
    if (job.phase != Phase::leased || job.fence != fence)
        return std::nullopt;
    Lease after = job;
    after.phase = next;
    ++after.fence;
    return after;
}

} // namespace

std::optional<Lease> claimed(const Lease& job, Instant now, std::chrono::microseconds length)
{
    const bool claimable = job.phase == Phase::waiting || job.phase == Phase::leased;
    if (!claimable || job.due_at > now)
        return std::nullopt;
    Lease after = job;
    ++after.fence;
    if (job.attempts >= job.max_attempts) {
        after.phase = Phase::dead;
        return after;
    }
    after.phase = Phase::leased;
    after.due_at = now + length;
    ++after.attempts;
    return after;
}

std::optional<Lease> extended(const Lease& job, std::int64_t fence, Instant until)
{
    if (job.phase != Phase::leased || job.fence != fence)
        return std::nullopt;
    Lease after = job;
    after.due_at = until;
    return after;
}

std::optional<Lease> finished(const Lease& job, std::int64_t fence)
{
    return left(job, fence, Phase::finished);
}

std::optional<Lease> failed(const Lease& job, std::int64_t fence, Instant retry_at)
{
    if (job.attempts >= job.max_attempts)
        return given_up(job, fence);
    auto after = left(job, fence, Phase::waiting);
    if (after)
        after->due_at = retry_at;
    return after;
}

std::optional<Lease> given_up(const Lease& job, std::int64_t fence)
{
    return left(job, fence, Phase::dead);
}

std::optional<Lease> put_off(const Lease& job, std::int64_t fence, Instant until)
{
    auto after = left(job, fence, Phase::waiting);
    if (after) {
        after->due_at = until;
        --after->attempts;
    }
    return after;
}

} // namespace vitrina

#pragma once
#include "core/clock.hpp"

#include <cstdint>
#include <optional>

namespace vitrina {

// The life of a job, as pure functions: who may do what to it, and what becomes of it. JobQueue loads one, asks here,
// and stores the answer, in one transaction.
//
//   waiting ── claimed ──▶ leased ── finished ──▶ finished
//      ▲                     │ │  ── failed, the last time, or given up ──▶ dead
//      └─ failed, snoozed, ──┘ └─ its time ran out: whoever comes next claims it
//         released
//
// The fence grows whenever a lease begins or ends, so that a number once handed to a worker is good for exactly one
// lease: what a worker says with an older number is answered with nothing.
struct Lease {
    enum class Phase { waiting, leased, finished, dead } phase = Phase::waiting;
    Instant due_at;        // waiting: not before then; leased: until then
    std::int64_t fence = 0;
    int attempts = 0;      // begun, and not given back
    int max_attempts = 1;

    bool operator==(const Lease&) const = default;
};

// Nothing when it is not due. Dead when its attempts were used up by workers that vanished.
std::optional<Lease> claimed(const Lease& job, Instant now, std::chrono::microseconds length);

// What the worker with this fence says. Nothing when the lease is not theirs (any more).
std::optional<Lease> extended(const Lease& job, std::int64_t fence, Instant until);
std::optional<Lease> finished(const Lease& job, std::int64_t fence);
// It went wrong: again later, or dead when that was the last attempt.
std::optional<Lease> failed(const Lease& job, std::int64_t fence, Instant retry_at);
// Trying again cannot help.
std::optional<Lease> given_up(const Lease& job, std::int64_t fence);
// Waits on purpose, or is handed back: the attempt does not count.
std::optional<Lease> put_off(const Lease& job, std::int64_t fence, Instant until);

} // namespace vitrina

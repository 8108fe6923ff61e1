#include "jobs/lease.hpp"
#include "jobs/retry_policy.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <set>
#include <vector>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

using Phase = Lease::Phase;

constexpr Instant noon{std::chrono::microseconds{1'772'366'400'000'000}};

Lease waiting(int max_attempts = 3)
{
    return {.due_at = noon, .max_attempts = max_attempts};
}

// One job, some workers who remember every fence they were ever given, and a clock. Everything said about a job is
// said by somebody, perhaps far too late. The model knows only who was given the job last, and whether they still
// have it.
struct Story {
    Lease job = waiting();
    Instant now = noon;
    std::set<std::int64_t> given;
    std::optional<std::int64_t> holder;
    int begun = 0, given_back = 0;

    void claim()
    {
        const bool over = job.phase == Phase::finished || job.phase == Phase::dead;
        const auto after = claimed(job, now, 30s);
        RC_ASSERT(after.has_value() == (!over && job.due_at <= now));
        if (!after)
            return;
        holder.reset();
        if (after->phase == Phase::leased) {
            RC_ASSERT(given.insert(after->fence).second); // never given before
            holder = after->fence;
            ++begun;
        } else {
            RC_ASSERT(after->phase == Phase::dead);
            RC_ASSERT(begun - given_back >= job.max_attempts);
        }
        job = *after;
    }
    void say(int what, std::int64_t fence)
    {
        std::optional<Lease> after;
        switch (what) {
        case 0: after = extended(job, fence, now + 30s); break;
        case 1: after = finished(job, fence); break;
        case 2: after = failed(job, fence, now + 10s); break;
        case 3: after = given_up(job, fence); break;
        case 4: after = put_off(job, fence, now + 5s); break;
        }
        RC_ASSERT(after.has_value() == (holder == fence)); // only who holds it may speak, and they always may
        if (!after)
            return;
        if (what != 0)
            holder.reset();
        if (what == 4)
            ++given_back;
        job = *after;
    }
    void check() const
    {
        RC_ASSERT((job.phase == Phase::leased) == holder.has_value());
        RC_ASSERT(job.attempts == begun - given_back);
        RC_ASSERT(job.attempts <= job.max_attempts);
        RC_ASSERT((given.empty() || job.fence >= *given.rbegin())); // RC_ASSERT alone would look at both sides
    }
};

} // namespace

TEST_CASE("lease: whatever happens in whatever order, one worker at a time holds the job")
{
    CHECK(rc::check("one holder", [](const std::vector<std::pair<unsigned, unsigned>>& events) {
        Story story;
        for (const auto& [what, who] : events) {
            switch (what % 8) {
            case 0:
            case 1: story.claim(); break;
            case 2: story.now += std::chrono::seconds{who % 60}; break;
            default: {
                // Somebody who was given the job once, or a stranger.
                auto speaker = story.given.begin();
                std::advance(speaker, story.given.empty() ? 0 : who % (story.given.size() + 1));
                story.say(int(what % 8) - 3, speaker == story.given.end() ? -1 : *speaker);
            }
            }
            story.check();
        }
    }));
}

TEST_CASE("lease: a job is claimed when it is due, and again when its worker vanished")
{
    CHECK_FALSE(claimed(waiting(), noon - 1us, 30s));
    const auto first = claimed(waiting(), noon, 30s);
    REQUIRE(first);
    CHECK(first->due_at == noon + 30s);
    CHECK_FALSE(claimed(*first, noon + 29s, 30s));
    const auto second = claimed(*first, noon + 30s, 30s);
    REQUIRE(second);
    CHECK(second->attempts == 2);
    CHECK_FALSE(finished(*second, first->fence));
    CHECK(finished(*second, second->fence)->phase == Phase::finished);
}

TEST_CASE("lease: the last failure is death, and so is vanishing in the last attempt")
{
    const auto only = claimed(waiting(1), noon, 30s);
    CHECK(failed(*only, only->fence, noon)->phase == Phase::dead);
    CHECK(claimed(*only, noon + 1min, 30s)->phase == Phase::dead);
}

TEST_CASE("lease: waiting on purpose uses up no attempt")
{
    Lease job = waiting(1);
    for (int i = 0; i < 10; ++i) {
        const auto leased = claimed(job, job.due_at, 30s);
        REQUIRE(leased->phase == Phase::leased);
        job = *put_off(*leased, leased->fence, job.due_at + 1h);
    }
    CHECK(job.attempts == 0);
}

TEST_CASE("retry policy: the longest wait doubles up to the cap, the dice choose below it")
{
    const RetryPolicy retry{.base = 5s, .cap = 1min};
    CHECK(retry.delay(1, 0.5) == 2500ms);
    CHECK(retry.delay(2, 0.5) == 5s);
    CHECK(retry.delay(4, 0.5) == 20s);
    CHECK(retry.delay(5, 0.5) == 30s);
    CHECK(retry.delay(1'000'000, 0.5) == 30s);
    CHECK(rc::check("within bounds", [&](int attempts, unsigned roll) {
        const double dice = roll / 4294967296.0;
        const auto delay = retry.delay(attempts, dice);
        RC_ASSERT(delay >= 0s);
        RC_ASSERT(delay <= retry.cap);
    }));
}

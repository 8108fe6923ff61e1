#include "publishing/patience.hpp"

#include "publishing/platforms/waiting.hpp"

#include <doctest/doctest.h>
#include <limits>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

double any_dice()
{
    return *rc::gen::inRange(0, 1'000'000) / 1e6;
}

// How many waits in a row: mostly few, sometimes what only a broken counter would say.
int any_count()
{
    return *rc::gen::oneOf(rc::gen::inRange(-3, 30), rc::gen::arbitrary<int>());
}

} // namespace

TEST_CASE("no pause is negative, and none is longer than a network's trouble is worth")
{
    CHECK(rc::check("whatever is counted, and however the dice fall", [] {
        const int count = any_count();
        const double dice = any_dice();
        for (const auto kind : {Wait::Kind::processing, Wait::Kind::transient, Wait::Kind::rate_limited,
                                Wait::Kind::quota, Wait::Kind::anew}) {
            RC_ASSERT(pause_for(kind, count, dice) >= 0us);
            RC_ASSERT(pause_for(kind, count, dice) <= 6h);
        }
        RC_ASSERT(pause_for(Wait::Kind::transient, count, dice) <= 5min);
        RC_ASSERT(pause_for(Wait::Kind::rate_limited, count, dice) >= 15min);
    }));
}

TEST_CASE("who is told that there are too many requests asks half as often, up to every six hours")
{
    CHECK(pause_for(Wait::Kind::rate_limited, 1, 0.5) == 15min);
    CHECK(pause_for(Wait::Kind::rate_limited, 2, 0.5) == 30min);
    CHECK(pause_for(Wait::Kind::rate_limited, 5, 0.5) == 4h);
    CHECK(pause_for(Wait::Kind::rate_limited, 6, 0.5) == 6h);
    CHECK(rc::check("each pause is twice the last one, or the longest", [] {
        const int count = *rc::gen::inRange(1, 1000);
        const auto now = pause_for(Wait::Kind::rate_limited, count, any_dice());
        const auto next = pause_for(Wait::Kind::rate_limited, count + 1, any_dice());
        RC_ASSERT(next == std::min<std::chrono::microseconds>(2 * now, 6h));
    }));
}

TEST_CASE("trouble is backed off from, and those who failed together do not come back together")
{
    CHECK(pause_for(Wait::Kind::transient, 1, 0.5) == 1s);
    CHECK(pause_for(Wait::Kind::transient, 100, 0.5) == 150s);
    CHECK(rc::check("longer in a row is never less, nor is a higher throw", [] {
        const int count = *rc::gen::inRange(1, 100);
        const double low = any_dice(), high = low + (1 - low) / 2;
        RC_ASSERT(pause_for(Wait::Kind::transient, count, low) <= pause_for(Wait::Kind::transient, count + 1, low));
        RC_ASSERT(pause_for(Wait::Kind::transient, count, low) <= pause_for(Wait::Kind::transient, count, high));
    }));
}

TEST_CASE("a network's own word on when to come back is kept within a second and a day")
{
    CHECK(rc::check("seconds, a date, a time stamp, far ahead or long past", [] {
        const Instant now{std::chrono::seconds(1'800'000'000)};
        const auto seconds = *rc::gen::inRange<std::int64_t>(-10'000'000, 10'000'000);
        const Instant said = now + std::chrono::seconds(seconds);
        const bool stamp = *rc::gen::arbitrary<bool>();
        const HttpReply reply{
            429, {{stamp ? "X-RateLimit-Reset" : "Retry-After", stamp ? rfc3339(said) : std::to_string(seconds)}}, ""};
        const auto until = asked_to_wait_until(reply, now);
        RC_ASSERT(until.has_value() == (stamp || seconds >= 0));
        if (until)
            RC_ASSERT(*until == std::clamp<Instant>(said, now + 1s, now + 24h));
    }));
}

TEST_CASE("a network may work on a video for longer the larger it is, and for a day at most")
{
    CHECK(processing_deadline(0) == 30min);
    CHECK(processing_deadline(std::numeric_limits<std::uint64_t>::max()) == 24h);
    CHECK(rc::check("never less than half an hour", [] {
        const auto bytes = *rc::gen::arbitrary<std::uint64_t>();
        RC_ASSERT(processing_deadline(bytes) >= 30min);
        RC_ASSERT(processing_deadline(bytes) <= 24h);
        RC_ASSERT(processing_deadline(bytes / 2) <= processing_deadline(bytes));
    }));
}

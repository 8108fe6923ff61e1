#include "webhooks/retry_times.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

constexpr Instant start{std::chrono::microseconds{1'772'366'400'000'000}};

} // namespace

TEST_CASE("a delivery is tried over three days, the last time at their end")
{
    const RetryTimes times;
    for (const double dice : {0.0, 0.5, 0.999}) {
        CAPTURE(dice);
        Instant now = start;
        int attempts = 1;
        while (const auto next = times.next(attempts, now, start + 72h, {}, dice)) {
            CHECK(*next > now);
            CHECK(*next - now < 12h + 1s);
            now = *next;
            ++attempts;
        }
        CHECK(now == start + 72h);
        CHECK(attempts > 12);
        CHECK(attempts < 25);
    }
}

TEST_CASE("a receiver that says when is believed, within the three days")
{
    const RetryTimes times;
    CHECK(*times.next(1, start, start + 72h, 600s, 0.5) == start + 600s);
    CHECK(*times.next(6, start, start + 72h, 1s, 0.5) == start + 1h);
    CHECK(*times.next(1, start, start + 72h, 7 * 24h, 0.5) == start + 72h);
}

TEST_CASE("a webhook that takes nothing rests, for ten minutes or so at most")
{
    const RetryTimes times;
    CHECK(times.rest(1, 0.5) == 5s);
    CHECK(times.rest(3, 0.5) == 2min);
    CHECK(times.rest(1000, 0.999) <= 12min);
}

TEST_CASE("failing for long is nearly as long as one delivery is tried for")
{
    const RetryTimes times;
    CHECK_FALSE(times.is_long(start, start + 48h));
    CHECK(times.is_long(start, start + 72h - 1min));
}

TEST_CASE("Retry-After in both its forms")
{
    CHECK(retry_after("120", start) == 120s);
    CHECK(retry_after(http_date(start + 1h), start) == 3600s);
    CHECK_FALSE(retry_after(http_date(start - 1h), start));
    CHECK_FALSE(retry_after("soon", start));
    CHECK_FALSE(retry_after("-5", start));
    CHECK_FALSE(retry_after("", start));
}

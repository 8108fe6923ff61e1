#include "api/rate_limiter.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

TEST_CASE("a minute's worth at once, then evenly; each caller has their own")
{
    RateLimiter limiter(60);
    RateLimiter::Time now{};
    for (int i = 0; i < 60; ++i)
        CHECK(limiter.take("ana", now).allowed);
    const auto refused = limiter.take("ana", now);
    CHECK_FALSE(refused.allowed);
    CHECK(refused.until_next == 1s);
    CHECK(limiter.refused() == 1);
    CHECK(limiter.take("ben", now).remaining == 59);

    now += 1s;
    CHECK(limiter.take("ana", now).allowed);
    CHECK_FALSE(limiter.take("ana", now).allowed);
    now += 1h;
    CHECK(limiter.take("ana", now).remaining == 59);
}

TEST_CASE("however many callers come, memory is bounded")
{
    RateLimiter limiter(1, 100);
    for (int i = 0; i < 10'000; ++i)
        CHECK(limiter.take(std::to_string(i), {}).allowed);
}

TEST_CASE("without a limit nobody is counted")
{
    RateLimiter limiter(0);
    for (int i = 0; i < 1000; ++i)
        CHECK(limiter.take("ana", {}).allowed);
}

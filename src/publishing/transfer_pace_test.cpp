#include "publishing/transfer_pace.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;

TEST_CASE("what remains is told by how fast it went so far")
{
    const Instant start{1'000'000s};
    TransferPace pace;
    CHECK(!pace.moved(start, 100, 1000)); // where it resumes is no news
    CHECK(!pace.remaining(1000));
    CHECK(pace.moved(start + 10s, 200, 1000)); // 10 bytes a second
    CHECK(pace.remaining(1000) == 80s);
    CHECK(!pace.moved(start + 11s, 400, 1000)); // too soon after the last time
    CHECK(pace.remaining(1000) == 22s); // of 300 bytes in 11 s
    CHECK(!pace.moved(start + 30s, 400, 1000)); // nothing moved
    CHECK(pace.moved(start + 31s, 1000, 1000));
    CHECK(pace.remaining(1000) == 0s);
}

TEST_CASE("the end is told however soon it comes")
{
    const Instant start{1'000'000s};
    TransferPace pace;
    pace.moved(start, 0, 10);
    CHECK(pace.moved(start + 1ms, 5, 10));
    CHECK(!pace.moved(start + 2ms, 9, 10));
    CHECK(pace.moved(start + 3ms, 10, 10));
}

TEST_CASE("whatever a network confirms: it is told at most every two seconds and once at the end, and never nonsense")
{
    CHECK(rc::check("pace", [](const std::vector<std::pair<std::uint16_t, std::uint16_t>>& steps) {
        constexpr std::uint64_t total = 50'000;
        TransferPace pace;
        Instant now{1'000'000s}, told{};
        for (const auto& [milliseconds, sent] : steps) {
            now += std::chrono::milliseconds(milliseconds);
            if (pace.moved(now, sent, total)) {
                RC_ASSERT(now - told >= 2s || sent == total);
                told = now;
            }
            if (const auto left = pace.remaining(total))
                RC_ASSERT(*left >= 0s);
        }
    }));
}

#include "http/destinations.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;
using Entry = Destinations::Entry;
using Outcome = Destinations::Outcome;

namespace {

const Destinations::Limits limits{.at_once = 3, .failures = 2, .first_pause = 10s, .longest_pause = 30s};
const std::string host = "a.example:443";

void ask(Destinations& destinations, Outcome outcome, Destinations::Time now)
{
    REQUIRE(destinations.enter(host, now).entry == Entry::entered);
    destinations.leave(host, outcome, now);
}

} // namespace

TEST_CASE("a host is asked so many things at once, and others go on")
{
    Destinations destinations(limits);
    const Destinations::Time now{};
    for (int i = 0; i < 3; ++i)
        CHECK(destinations.enter(host, now).entry == Entry::entered);
    CHECK(destinations.enter(host, now).entry == Entry::full);
    CHECK(destinations.enter("b.example:443", now).entry == Entry::entered);
    destinations.leave(host, Outcome::answered, now);
    CHECK(destinations.enter(host, now).entry == Entry::entered);
}

TEST_CASE("a host that does not answer is left alone, longer each time, until one of its answers comes")
{
    Destinations destinations(limits);
    Destinations::Time now{};
    ask(destinations, Outcome::silent, now);
    ask(destinations, Outcome::unrelated, now);
    ask(destinations, Outcome::silent, now);
    for (const auto pause : {10s, 20s, 30s, 30s}) {
        CHECK(destinations.enter(host, now).entry == Entry::shut);
        CHECK(destinations.enter(host, now).until == now + pause);
        CHECK(destinations.shut(now) == 1);
        now += pause;
        CHECK(destinations.enter(host, now).entry == Entry::entered); // one tries
        CHECK(destinations.enter(host, now).entry == Entry::shut);    // and the others wait for what it finds
        destinations.leave(host, Outcome::silent, now);
    }
    now += 30s;
    ask(destinations, Outcome::answered, now);
    CHECK(destinations.shut(now) == 0);
    ask(destinations, Outcome::silent, now);
    CHECK(destinations.enter(host, now).entry == Entry::entered);
}

TEST_CASE("whatever happens, no host is asked more than it may be, and none is left alone for ever")
{
    CHECK(rc::check("any order of things", [](const std::vector<std::uint8_t>& steps) {
        Destinations destinations(limits);
        Destinations::Time now{};
        int inside = 0;
        for (const std::uint8_t step : steps) {
            now += std::chrono::seconds(step >> 4);
            if (step % 2 == 0 || inside == 0) {
                inside += destinations.enter(host, now).entry == Entry::entered;
            } else {
                const Outcome outcomes[] = {Outcome::answered, Outcome::silent, Outcome::unrelated};
                destinations.leave(host, outcomes[(step >> 1) % 3], now);
                --inside;
            }
            RC_ASSERT(inside <= limits.at_once);
        }
        while (inside-- > 0)
            destinations.leave(host, Outcome::silent, now);
        RC_ASSERT(destinations.enter(host, now + limits.longest_pause).entry == Entry::entered);
    }));
}

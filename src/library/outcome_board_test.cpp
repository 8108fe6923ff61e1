#include "library/outcome_board.hpp"

#include "unit/run.hpp"

#include <doctest/doctest.h>
#include <thread>

using namespace vitrina;

namespace {

const VideoId cats = VideoId::make(Instant{});
const VideoId dogs = VideoId::make(Instant{});

Task<> wait_for(OutcomeBoard::Watch& watch, std::chrono::milliseconds patience)
{
    co_await watch.wait(patience);
}

std::chrono::milliseconds time_of(OutcomeBoard::Watch& watch, std::chrono::milliseconds patience)
{
    const auto began = std::chrono::steady_clock::now();
    run(wait_for(watch, patience));
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

} // namespace

TEST_CASE("what was announced before the wait is not missed")
{
    OutcomeBoard board;
    const auto watch = board.watch(cats);
    board.announce(dogs);
    board.announce(cats);
    CHECK(time_of(*watch, std::chrono::minutes(10)) < std::chrono::minutes(1));
    CHECK(time_of(*watch, std::chrono::milliseconds(20)) >= std::chrono::milliseconds(20)); // heard once
}

TEST_CASE("an announcement from another thread wakes all who wait for that video")
{
    OutcomeBoard board;
    const auto one = board.watch(cats), other = board.watch(cats);
    std::thread elsewhere([&] { run(wait_for(*other, std::chrono::minutes(10))); });
    std::thread announcer([&] { board.announce(cats); });
    run(wait_for(*one, std::chrono::minutes(10)));
    elsewhere.join();
    announcer.join();
}

TEST_CASE("nobody hears anything after leaving")
{
    OutcomeBoard board;
    board.watch(cats).reset();
    board.announce(cats);
}

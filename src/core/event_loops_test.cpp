#include "core/event_loops.hpp"

#include <boost/asio/this_coro.hpp>
#include <doctest/doctest.h>
#include <future>
#include <set>
#include <thread>

using namespace vitrina;

namespace {

Task<> tell_thread(std::promise<std::thread::id>& told)
{
    told.set_value(std::this_thread::get_id());
    co_return;
}

std::thread::id thread_of(EventLoops& loops, std::size_t loop)
{
    std::promise<std::thread::id> told;
    auto id = told.get_future();
    loops.spawn(loop, tell_thread(told));
    return id.get();
}

} // namespace

TEST_CASE("every loop has a thread of its own and keeps it")
{
    EventLoops loops(3);
    loops.start();
    std::set<std::thread::id> threads;
    for (std::size_t i = 0; i < loops.size(); ++i) {
        const auto id = thread_of(loops, i);
        CHECK(thread_of(loops, i) == id);
        threads.insert(id);
    }
    CHECK(threads.size() == 3);
    CHECK_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_CASE("work posted before the start runs after it")
{
    EventLoops loops(1);
    std::promise<void> ran;
    loops.post(0, [&] { ran.set_value(); });
    loops.start();
    ran.get_future().get();
    CHECK(true);
}

TEST_CASE("loops that never started or were stopped twice go quietly")
{
    EventLoops never(2);
    EventLoops twice;
    twice.start();
    twice.stop();
    twice.stop();
    twice.join();
    twice.join();
    CHECK(twice.size() >= 1);
}

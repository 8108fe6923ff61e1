#include "core/run_together.hpp"

#include "core/event_loops.hpp"
#include "core/sleep.hpp"
#include "unit/run.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <stdexcept>

using namespace vitrina;

namespace {

Task<> count(std::atomic<int>& done, std::chrono::milliseconds after)
{
    co_await sleep_for(after);
    ++done;
}

Task<> fail_at_once()
{
    throw std::runtime_error("the first");
    co_return;
}

} // namespace

TEST_CASE("run together: it returns when the last has ended, on whichever loop")
{
    EventLoops loops(2);
    loops.start();
    std::atomic<int> done = 0;
    std::vector<PlacedTask> tasks;
    for (std::size_t i = 0; i < 8; ++i)
        tasks.push_back({loops.executor(i % 2), count(done, std::chrono::milliseconds(i))});
    run(run_together(std::move(tasks)));
    CHECK(done == 8);
    run(run_together({}));
}

TEST_CASE("run together: one that fails does not cut the others off, and is thrown")
{
    EventLoops loops(2);
    loops.start();
    std::atomic<int> done = 0;
    std::vector<PlacedTask> tasks;
    tasks.push_back({loops.executor(0), fail_at_once()});
    tasks.push_back({loops.executor(1), count(done, std::chrono::milliseconds(20))});
    CHECK_THROWS_WITH(run(run_together(std::move(tasks))), "the first");
    CHECK(done == 1);
}

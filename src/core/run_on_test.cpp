#include "core/run_on.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>
#include <stdexcept>
#include <thread>

using namespace vitrina;

namespace {

Task<std::thread::id> where_it_ran(Pool& pool)
{
    auto work = [] { return std::this_thread::get_id(); };
    auto id = co_await run_on(pool, std::move(work));
    co_return id;
}

Task<> throwing(Pool& pool)
{
    auto work = [] { throw std::runtime_error("disk on fire"); };
    co_await run_on(pool, std::move(work));
}

} // namespace

TEST_CASE("work runs on the pool and its outcome comes home")
{
    Pool pool(1);
    CHECK(run(where_it_ran(pool)) != std::this_thread::get_id());
    CHECK_THROWS_WITH(run(throwing(pool)), "disk on fire");
    pool.join();
}

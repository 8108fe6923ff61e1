#pragma once
#include "core/task.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace vitrina {

using Pool = boost::asio::thread_pool;

namespace detail {
struct Nothing {};
} // namespace detail

// Runs work() on a thread of the pool and resumes the caller on its own loop with what it returned or threw.
// For what blocks or burns CPU: SQLite writes, slow disks, hashing of large blocks. A loop that is stopped, or not
// run to its end, is destroyed after the pools its tasks used: they still touch it just after resuming a task.
template <class Work>
Task<std::invoke_result_t<Work&>> run_on(Pool& pool, Work work)
{
    using Returned = std::invoke_result_t<Work&>;
    using Held = std::conditional_t<std::is_void_v<Returned>, detail::Nothing, Returned>;
    std::optional<Held> held;
    std::exception_ptr thrown;

    // The frame of this coroutine outlives the work, so the work may write straight into it.
    auto start = [&](auto handler) {
        auto home = boost::asio::get_associated_executor(handler);
        boost::asio::post(
            pool, [&, home, guard = boost::asio::make_work_guard(home), handler = std::move(handler)]() mutable {
            try {
                if constexpr (std::is_void_v<Returned>) {
                    work();
                    held.emplace();
                } else {
                    held.emplace(work());
                }
            } catch (...) {
                thrown = std::current_exception();
            }
            boost::asio::post(home, std::move(handler)); // the guard keeps the loop until this has returned
        });
    };
    const boost::asio::use_awaitable_t<Executor> token;
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(start, token);
    if (thrown)
        std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<Returned>)
        co_return std::move(*held);
}

} // namespace vitrina

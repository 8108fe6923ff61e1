#pragma once
#include "core/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
#include <stdexcept>

namespace vitrina {

// The same as below, for a task that returns nothing.
inline void run(Task<> task)
{
    boost::asio::io_context loop(1);
    std::exception_ptr thrown;
    bool ended = false;
    boost::asio::co_spawn(loop.get_executor(), std::move(task), [&](std::exception_ptr e) {
        thrown = e;
        ended = true;
    });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    if (!ended)
        throw std::logic_error("the task never ended");
}

namespace detail {

template <class T>
Task<> keep(Task<T> task, std::optional<T>& result)
{
    result.emplace(co_await std::move(task));
}

} // namespace detail

// Runs a task to its end on an event loop of its own and gives what it returned, or throws what it threw.
template <class T>
T run(Task<T> task)
{
    std::optional<T> result;
    run(detail::keep(std::move(task), result));
    return std::move(*result);
}

} // namespace vitrina

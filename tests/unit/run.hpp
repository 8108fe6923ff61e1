#pragma once
#include "core/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
#include <stdexcept>

namespace vitrina {

// Runs a task to its end on an event loop of its own and gives what it returned, or throws what it threw.
template <class T>
T run(Task<T> task)
{
    boost::asio::io_context loop(1);
    std::exception_ptr thrown;
    std::optional<T> result;
    boost::asio::co_spawn(loop.get_executor(), std::move(task), [&](std::exception_ptr e, T value) {
        thrown = e;
        result.emplace(std::move(value));
    });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    if (!result)
        throw std::logic_error("the task never ended");
    return std::move(*result);
}

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

} // namespace vitrina

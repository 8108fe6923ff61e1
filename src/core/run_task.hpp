#pragma once
#include "core/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>

namespace vitrina {

// Runs a task on a loop of its own and gives what it returned; what it throws is thrown. For commands and threads that
// may block.
template <class T>
T run_task(Task<T> task)
{
    boost::asio::io_context loop(1);
    std::exception_ptr thrown;
    std::optional<T> result;
    boost::asio::co_spawn(loop.get_executor(), std::move(task), [&](std::exception_ptr error, T value) {
        thrown = error;
        result.emplace(std::move(value));
    });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*result);
}

} // namespace vitrina

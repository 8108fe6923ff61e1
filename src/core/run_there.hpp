#pragma once
#include "core/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace vitrina {

namespace detail {

// What came of a task on another loop. Only the caller lets go of an exception: the other loop is still busy ending
// the task when the caller goes on.
template <class Held>
struct Outcome {
    std::optional<Held> value;
    std::exception_ptr thrown;
};

struct Done {};

template <class T, class Held>
Task<> keep_outcome(Task<T> task, std::shared_ptr<Outcome<Held>> outcome)
{
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(task);
            outcome->value.emplace();
        } else {
            outcome->value.emplace(co_await std::move(task));
        }
    } catch (...) {
        outcome->thrown = std::current_exception();
    }
}

} // namespace detail

// Runs a task on another loop and resumes the caller on its own with what it returned or threw. The task must hold
// what it uses: it goes on when the caller is destroyed while it waits.
template <class T>
Task<T> run_there(Executor there, Task<T> task)
{
    using Held = std::conditional_t<std::is_void_v<T>, detail::Done, T>;
    const auto outcome = std::make_shared<detail::Outcome<Held>>();
    Task<> work = detail::keep_outcome(std::move(task), outcome);
    const boost::asio::use_awaitable_t<Executor> token;
    co_await boost::asio::co_spawn(there, std::move(work), token);
    if (outcome->thrown)
        std::rethrow_exception(std::exchange(outcome->thrown, nullptr));
    if constexpr (!std::is_void_v<T>)
        co_return std::move(*outcome->value);
}

} // namespace vitrina

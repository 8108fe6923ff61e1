#pragma once
#include "core/task.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
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

// Spawns it there, and calls the handler on its own loop when it has ended. A wish to cancel travels to the other loop,
// and may arrive when the task has ended and the caller has long gone on: so it finds the signal there only while the
// task lives. (Asio's own way, co_spawn with a token of another loop, leaves it with a pointer to what is gone.)
template <class Handler>
void spawn_there(Executor there, Task<> work, Handler handler)
{
    const auto cancel = std::make_shared<boost::asio::cancellation_signal>();
    auto wishes = boost::asio::get_associated_cancellation_slot(handler);
    if (wishes.is_connected()) {
        wishes.assign([there, lives = std::weak_ptr(cancel)](boost::asio::cancellation_type how) {
            boost::asio::post(there, [lives, how] {
                if (const auto signal = lives.lock())
                    signal->emit(how);
            });
        });
    }
    const auto home = boost::asio::get_associated_executor(handler);
    auto ended = [cancel, home, guard = boost::asio::make_work_guard(home),
                  handler = std::move(handler)](std::exception_ptr) mutable {
        boost::asio::post(home, std::move(handler)); // the guard keeps the loop until this has returned
    };
    const auto slot = cancel->slot();
    boost::asio::co_spawn(there, std::move(work), boost::asio::bind_cancellation_slot(slot, std::move(ended)));
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
    auto start = [&](auto handler) { detail::spawn_there(there, std::move(work), std::move(handler)); };
    const boost::asio::use_awaitable_t<Executor> token;
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(start, token);
    if (outcome->thrown)
        std::rethrow_exception(std::exchange(outcome->thrown, nullptr));
    if constexpr (!std::is_void_v<T>)
        co_return std::move(*outcome->value);
}

} // namespace vitrina

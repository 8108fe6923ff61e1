#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace vitrina {

// One event loop per core; a Task runs on the loop that spawned it and is resumed there.
using Executor = boost::asio::io_context::executor_type;

template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

} // namespace vitrina

#include "core/sleep.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/wait_traits.hpp>

namespace vitrina {

Task<> sleep_for(std::chrono::steady_clock::duration duration)
{
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
    const Executor here = co_await boost::asio::this_coro::executor;
    Timer timer(here, duration);
    const boost::asio::use_awaitable_t<Executor> token;
    co_await timer.async_wait(token);
}

} // namespace vitrina

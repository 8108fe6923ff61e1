#include "core/alarm.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/wait_traits.hpp>

namespace vitrina {

struct Alarm::Timer {
    boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>,
                                      Executor>
        timer;
};

Alarm::Alarm(Executor loop) : timer_(new Timer{decltype(Timer::timer)(loop)})
{
}

Alarm::~Alarm() = default;

Task<> Alarm::wait(std::chrono::steady_clock::duration longest)
{
    if (!rung_) {
        timer_->timer.expires_after(longest);
        boost::system::error_code cut_short;
        const boost::asio::use_awaitable_t<Executor> token;
        auto quietly = boost::asio::redirect_error(token, cut_short);
        co_await timer_->timer.async_wait(quietly);
    }
    rung_ = false;
}

void Alarm::ring()
{
    rung_ = true;
    timer_->timer.cancel();
}

} // namespace vitrina

#include "core/turn.hpp"

#include "core/errors.hpp"

#include <algorithm>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/system_error.hpp>
#include <string>

namespace vitrina {

// Waits on a timer of its own loop: it ends when patience does, or is cancelled (on that loop) when the turn comes.
struct Turn::Waiter {
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
    Waiter(Executor loop, std::chrono::milliseconds patience) : home(loop), timer(loop, patience) {}

    Executor home;
    Timer timer;
    bool has_turn = false; // under the mutex
};

// A place in the queue. Leaves it, or passes the turn on, when the waiting coroutine is destroyed midway.
class Turn::Place {
public:
    Place(Turn& turn, std::shared_ptr<Waiter> waiter) : turn_(turn), waiter_(std::move(waiter)) {}
    ~Place()
    {
        if (!taken_over_ && !leave())
            turn_.pass_on();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    // Nothing when the turn has not come.
    bool take_over()
    {
        const std::lock_guard lock(turn_.mutex_);
        return taken_over_ = waiter_->has_turn;
    }

private:
    // False when the turn had come already.
    bool leave()
    {
        const std::lock_guard lock(turn_.mutex_);
        std::erase(turn_.waiting_, waiter_);
        return !waiter_->has_turn;
    }

    Turn& turn_;
    std::shared_ptr<Waiter> waiter_;
    bool taken_over_ = false;
};

Task<Turn::Held> Turn::take(std::chrono::milliseconds patience)
{
    const Executor here = co_await boost::asio::this_coro::executor;
    auto waiter = std::make_shared<Waiter>(here, patience);
    {
        const std::lock_guard lock(mutex_);
        if (free_ > 0) {
            --free_;
            co_return Held(*this);
        }
        waiting_.push_back(waiter);
    }
    Place place(*this, waiter);

    boost::system::error_code ended;
    const boost::asio::use_awaitable_t<Executor> token;
    auto quietly = boost::asio::redirect_error(token, ended);
    co_await waiter->timer.async_wait(quietly);
    if (place.take_over())
        co_return Held(*this);
    if (ended)
        throw boost::system::system_error(ended); // cancelled from outside
    throw Unavailable(std::string(what_) + ": others held it for " + std::to_string(patience.count()) + " ms");
}

void Turn::pass_on()
{
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
        ++free_;
        return;
    }
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next->has_turn = true;
    auto& home = next->home;
    boost::asio::post(home, [next = std::move(next)] { next->timer.cancel(); });
}

} // namespace vitrina

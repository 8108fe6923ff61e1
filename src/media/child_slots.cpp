#include "media/child_slots.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <deque>
#include <mutex>

namespace vitrina {

namespace asio = boost::asio;

namespace {
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
} // namespace

struct ChildSlots::Waiting {
    explicit Waiting(Executor executor) : wake(executor, Timer::time_point::max()) {}
    Timer wake; // cancelled, on its own loop, when the slot is there
    bool served = false;
};

struct ChildSlots::Queue {
    std::mutex mutex;
    std::size_t free = 0;
    std::deque<std::shared_ptr<Waiting>> waiting;
};

ChildSlots::ChildSlots(std::size_t count) : queue_(std::make_unique<Queue>())
{
    queue_->free = count;
}

ChildSlots::~ChildSlots() = default;

ChildSlots::Slot::~Slot()
{
    if (slots_)
        slots_->give_back();
}

void ChildSlots::give_back()
{
    std::lock_guard lock(queue_->mutex);
    if (queue_->waiting.empty()) {
        ++queue_->free;
        return;
    }
    auto next = std::move(queue_->waiting.front());
    queue_->waiting.pop_front();
    next->served = true;
    asio::post(next->wake.get_executor(), [next] { next->wake.cancel(); });
}

// The one who waited is gone, or was called off: its place, or the slot it was given meanwhile, is for the next.
void ChildSlots::leave(const std::shared_ptr<Waiting>& waiting)
{
    {
        std::lock_guard lock(queue_->mutex);
        if (!waiting->served) {
            std::erase(queue_->waiting, waiting);
            return;
        }
    }
    give_back();
}

Task<ChildSlots::Slot> ChildSlots::take()
{
    auto self = shared_from_this();
    auto executor = co_await asio::this_coro::executor;
    auto waiting = std::make_shared<Waiting>(executor);
    bool at_once = false;
    {
        std::lock_guard lock(queue_->mutex);
        at_once = queue_->free > 0;
        if (at_once)
            --queue_->free;
        else
            queue_->waiting.push_back(waiting);
    }
    if (at_once)
        co_return Slot(self);

    struct Leave {
        ChildSlots& slots;
        std::shared_ptr<Waiting> waiting;
        ~Leave()
        {
            if (waiting)
                slots.leave(waiting);
        }
    } leave{*self, waiting};

    boost::system::error_code called_off;
    const asio::use_awaitable_t<Executor> token;
    auto quietly = asio::redirect_error(token, called_off);
    co_await waiting->wake.async_wait(quietly);
    {
        std::lock_guard lock(queue_->mutex);
        if (waiting->served)
            leave.waiting.reset();
    }
    if (leave.waiting)
        throw boost::system::system_error(called_off);
    co_return Slot(self);
}

} // namespace vitrina

#include "library/outcome_board.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/error_code.hpp>

namespace vitrina {
namespace {

using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

} // namespace

struct OutcomeBoard::Watch::Entry {
    std::mutex mutex;
    bool announced = false;
    std::shared_ptr<Timer> sleeping; // of the one who waits
};

OutcomeBoard::Watch::Watch(OutcomeBoard& board, VideoId id, std::shared_ptr<Entry> entry)
    : board_(board), id_(id), entry_(std::move(entry))
{
}

OutcomeBoard::Watch::~Watch()
{
    const std::lock_guard lock(board_.mutex_);
    const auto [first, last] = board_.watches_.equal_range(id_);
    for (auto it = first; it != last; ++it)
        if (it->second == entry_) {
            board_.watches_.erase(it);
            return;
        }
}

Task<> OutcomeBoard::Watch::wait(std::chrono::steady_clock::duration patience)
{
    const Executor here = co_await boost::asio::this_coro::executor;
    auto timer = std::make_shared<Timer>(here, patience);
    {
        const std::lock_guard lock(entry_->mutex);
        if (std::exchange(entry_->announced, false))
            co_return;
        entry_->sleeping = timer;
    }
    // Between here and the wait nothing else runs on this thread, and an announcement wakes by way of this thread.
    boost::system::error_code woken;
    const boost::asio::use_awaitable_t<Executor> token;
    co_await timer->async_wait(boost::asio::redirect_error(token, woken));

    const std::lock_guard lock(entry_->mutex);
    entry_->sleeping.reset();
    entry_->announced = false;
}

std::unique_ptr<OutcomeBoard::Watch> OutcomeBoard::watch(VideoId id)
{
    auto entry = std::make_shared<Watch::Entry>();
    const std::lock_guard lock(mutex_);
    watches_.emplace(id, entry);
    return std::unique_ptr<Watch>(new Watch(*this, id, std::move(entry)));
}

void OutcomeBoard::announce(VideoId id)
{
    const std::lock_guard lock(mutex_);
    const auto [first, last] = watches_.equal_range(id);
    for (auto it = first; it != last; ++it) {
        Watch::Entry& entry = *it->second;
        const std::lock_guard entry_lock(entry.mutex);
        entry.announced = true;
        if (auto timer = entry.sleeping)
            boost::asio::post(timer->get_executor(), [timer] { timer->cancel(); });
    }
}

} // namespace vitrina

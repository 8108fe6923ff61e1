#include "core/run_together.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

namespace vitrina {
namespace {

template <class Handler>
class Gathering {
public:
    Gathering(Handler handler, Executor home, std::size_t tasks, std::exception_ptr& first)
        : handler_(std::move(handler)), home_(home), guard_(home), left_(tasks), first_(first)
    {
    }

    void ended(std::exception_ptr thrown)
    {
        {
            const std::lock_guard lock(mutex_);
            if (thrown && !first_)
                first_ = std::move(thrown);
            if (--left_ > 0)
                return;
        }
        boost::asio::post(home_, std::move(handler_));
    }

private:
    Handler handler_;
    Executor home_;
    boost::asio::executor_work_guard<Executor> guard_;
    std::mutex mutex_;
    std::size_t left_;
    std::exception_ptr& first_; // in the waiting frame
};

} // namespace

Task<> run_together(std::vector<PlacedTask> tasks)
{
    if (tasks.empty())
        co_return;
    std::exception_ptr first;
    auto start = [&](auto handler) {
        const Executor home = boost::asio::get_associated_executor(handler);
        using Handler = decltype(handler);
        const auto gathering = std::make_shared<Gathering<Handler>>(std::move(handler), home, tasks.size(), first);
        for (PlacedTask& placed : tasks)
            boost::asio::co_spawn(placed.loop, std::move(placed.task),
                                  [gathering](std::exception_ptr thrown) { gathering->ended(std::move(thrown)); });
    };
    const boost::asio::use_awaitable_t<Executor> token;
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(start, token);
    if (first)
        std::rethrow_exception(first);
}

} // namespace vitrina

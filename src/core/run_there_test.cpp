#include "core/run_there.hpp"

#include "core/sleep.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <doctest/doctest.h>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

// A loop with a thread of its own.
class Place {
public:
    ~Place()
    {
        guard_.reset();
        thread_.join();
    }
    Executor executor() { return loop_.get_executor(); }

private:
    boost::asio::io_context loop_{1};
    boost::asio::executor_work_guard<Executor> guard_{loop_.get_executor()};
    std::thread thread_{[this] { loop_.run(); }};
};

Task<std::thread::id> where_it_runs()
{
    co_return std::this_thread::get_id();
}

Task<> throw_there()
{
    throw std::runtime_error("over there");
    co_return;
}

Task<> wait_for_ever()
{
    co_await sleep_for(1h);
}

Task<bool> comes_home(Executor there)
{
    const auto home = std::this_thread::get_id();
    const auto elsewhere = co_await run_there(there, where_it_runs());
    co_return elsewhere != home&& std::this_thread::get_id() == home;
}

Task<std::string> what_it_throws(Executor there)
{
    std::string words;
    try {
        co_await run_there(there, throw_there());
    } catch (const std::exception& error) {
        words = error.what();
    }
    co_return words;
}

Task<> go_there(Executor there, Task<> work)
{
    co_await run_there(there, std::move(work));
}

} // namespace

TEST_CASE("a task runs on the other loop, and its caller goes on at home")
{
    Place there, home;
    CHECK(boost::asio::co_spawn(home.executor(), comes_home(there.executor()), boost::asio::use_future).get());
    CHECK(boost::asio::co_spawn(home.executor(), what_it_throws(there.executor()), boost::asio::use_future).get() ==
          "over there");
}

TEST_CASE("who is cancelled cancels what it waits for on the other loop")
{
    boost::asio::cancellation_signal cancel;
    std::promise<void> ended; // both outlive the threads that use them
    Place there, home;
    boost::asio::co_spawn(
        home.executor(), go_there(there.executor(), wait_for_ever()),
        boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended.set_value(); }));
    std::this_thread::sleep_for(20ms);
    boost::asio::post(home.executor(), [&] { cancel.emit(boost::asio::cancellation_type::terminal); });
    CHECK(ended.get_future().wait_for(10s) == std::future_status::ready);
}

// The wish is sent when the task has ended, and stands in the queue behind what waits until its caller has gone on and
// is gone.
TEST_CASE("a wish to cancel that arrives when all is over does no harm")
{
    Place there, home;
    for (int i = 0; i < 50; ++i) {
        boost::asio::cancellation_signal cancel;
        std::promise<void> last_moment, wished, ended;
        std::future<void> is_wished = wished.get_future(), is_over = ended.get_future();
        const auto task = [&]() -> Task<> {
            boost::asio::post(there.executor(), [&] {
                last_moment.set_value();
                is_wished.wait();
            });
            co_return;
        };
        boost::asio::co_spawn(
            home.executor(), go_there(there.executor(), task()),
            boost::asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr) { ended.set_value(); }));
        last_moment.get_future().wait();
        boost::asio::post(there.executor(), [&] { is_over.wait(); });
        boost::asio::post(home.executor(), [&] {
            cancel.emit(boost::asio::cancellation_type::terminal);
            wished.set_value();
        });
        for (Place* place : {&there, &home})
            boost::asio::post(place->executor(), boost::asio::use_future).wait();
        CHECK(is_over.wait_for(0s) == std::future_status::ready);
    }
}

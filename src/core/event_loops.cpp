#include "core/event_loops.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace vitrina {

struct EventLoops::Loop {
    // The hint 1: only one thread runs it (others may post), so Asio keeps continuations on the thread's own queue.
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<Executor> work{context.get_executor()};
    std::thread thread;
};

struct EventLoops::Loops {
    std::vector<std::unique_ptr<Loop>> all;
    std::atomic<std::size_t> next{0};
    std::atomic<bool> running{false};
};

EventLoops::EventLoops(std::size_t count) : loops_(std::make_unique<Loops>())
{
    if (count == 0)
        count = std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i)
        loops_->all.push_back(std::make_unique<Loop>());
}

EventLoops::~EventLoops()
{
    stop();
    join();
}

void EventLoops::start()
{
    loops_->running = true;
    for (auto& loop : loops_->all)
        if (!loop->thread.joinable())
            loop->thread = std::thread([&context = loop->context] { context.run(); });
}

void EventLoops::stop()
{
    loops_->running = false;
    for (auto& loop : loops_->all)
        loop->context.stop();
}

void EventLoops::join()
{
    for (auto& loop : loops_->all)
        if (loop->thread.joinable())
            loop->thread.join();
}

bool EventLoops::running() const
{
    return loops_->running;
}

std::size_t EventLoops::size() const
{
    return loops_->all.size();
}

Executor EventLoops::executor(std::size_t loop)
{
    return loops_->all.at(loop)->context.get_executor();
}

Executor EventLoops::any()
{
    return executor(loops_->next.fetch_add(1, std::memory_order_relaxed) % size());
}

void EventLoops::post(std::size_t loop, std::function<void()> work)
{
    boost::asio::post(executor(loop), std::move(work));
}

namespace {

void start_on(const Executor& executor, Task<> task)
{
    boost::asio::co_spawn(executor, std::move(task), [](std::exception_ptr thrown) {
        if (thrown)
            std::rethrow_exception(thrown); // out of run(), which nobody catches
    });
}

} // namespace

void EventLoops::spawn(std::size_t loop, Task<> task)
{
    start_on(executor(loop), std::move(task));
}

void EventLoops::spawn(Task<> task)
{
    start_on(any(), std::move(task));
}

} // namespace vitrina

#include "db/postgres/version_watch.hpp"

#include "core/alarm.hpp"
#include "core/errors.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

namespace vitrina {

struct VersionWatch::Waiter {
    explicit Waiter(Executor loop) : alarm(loop) {}

    Alarm alarm;
    bool asks = false; // the next question is for this one to ask
    std::optional<std::uint64_t> number;
    std::exception_ptr failed;
};

struct VersionWatch::Loop {
    bool asking = false;
    std::vector<std::shared_ptr<Waiter>> waiting; // for the next question
};

// One question, asked for all who had come by then. Its end, however it comes about, makes room for the next.
class VersionWatch::Round {
public:
    explicit Round(Loop& loop) : loop_(loop), together_(std::exchange(loop.waiting, {})) { loop_.asking = true; }
    ~Round()
    {
        for (const auto& one : together_) {
            one->number = number_;
            if (!number_)
                one->failed = failed_;
            one->alarm.ring();
        }
        loop_.asking = !loop_.waiting.empty();
        if (!loop_.asking)
            return;
        const auto next = std::move(loop_.waiting.front());
        loop_.waiting.erase(loop_.waiting.begin());
        next->asks = true;
        next->alarm.ring();
    }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    std::uint64_t succeed(std::uint64_t number)
    {
        number_ = number;
        return number;
    }
    void fail(std::exception_ptr why) { failed_ = std::move(why); }

private:
    Loop& loop_;
    std::vector<std::shared_ptr<Waiter>> together_;
    std::optional<std::uint64_t> number_;
    std::exception_ptr failed_ = std::make_exception_ptr(Unavailable("the question to the database was given up"));
};

VersionWatch::Loop& VersionWatch::of_this_thread()
{
    const std::lock_guard lock(mutex_);
    auto& loop = loops_[std::this_thread::get_id()];
    if (!loop)
        loop = std::make_shared<Loop>();
    return *loop;
}

std::uint64_t VersionWatch::number_of(std::string state)
{
    const std::lock_guard lock(mutex_);
    if (number_ == 0 || state != last_) {
        last_ = std::move(state);
        ++number_;
    }
    return number_;
}

Task<std::uint64_t> VersionWatch::number(std::chrono::milliseconds patience)
{
    Loop& loop = of_this_thread();
    if (loop.asking) {
        const Executor here = co_await boost::asio::this_coro::executor;
        const auto me = std::make_shared<Waiter>(here);
        loop.waiting.push_back(me);
        co_await me->alarm.wait(patience);
        if (me->number)
            co_return *me->number;
        if (me->failed)
            std::rethrow_exception(me->failed);
        if (!me->asks) {
            std::erase(loop.waiting, me);
            throw Unavailable("the database is busy: it was not asked within " + std::to_string(patience.count()) +
                              " ms");
        }
    }
    Round round(loop);
    try {
        std::string state = co_await ask_();
        co_return round.succeed(number_of(std::move(state)));
    } catch (...) {
        round.fail(std::current_exception());
        throw;
    }
}

} // namespace vitrina

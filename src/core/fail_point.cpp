#include "core/fail_point.hpp"

#ifdef VITRINA_FAIL_POINTS

#include "core/errors.hpp"

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <fcntl.h>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace vitrina {
namespace {

struct Action {
    enum class What { off, abort, fail, sleep, enospc, eio } what = What::off;
    int sleep_ms = 0;
    long times = std::numeric_limits<long>::max();
};

// What each point still has to do, front first.
using Plans = std::map<std::string, std::deque<Action>, std::less<>>;

[[noreturn]] void unreadable(std::string_view text)
{
    throw std::invalid_argument("cannot read the fail point '" + std::string(text) +
                                "'; expected name=action, with [N*]off|abort|return|enospc|eio|sleep(ms) joined by ->");
}

long number(std::string_view digits, std::string_view whole)
{
    long value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0)
        unreadable(whole);
    return value;
}

// Takes what stands before the separator off the front.
std::string_view take_until(std::string_view& text, std::string_view separator)
{
    const auto at = text.find(separator);
    const auto piece = text.substr(0, at);
    text.remove_prefix(at == text.npos ? text.size() : at + separator.size());
    return piece;
}

Action parse_action(std::string_view text)
{
    using What = Action::What;
    const std::string_view whole = text;
    Action action;
    if (text.find('*') != text.npos)
        action.times = number(take_until(text, "*"), whole);

    if (text == "off")
        action.what = What::off;
    else if (text == "abort")
        action.what = What::abort;
    else if (text == "return")
        action.what = What::fail;
    else if (text == "enospc")
        action.what = What::enospc;
    else if (text == "eio")
        action.what = What::eio;
    else if (text.starts_with("sleep(") && text.ends_with(')')) {
        action.what = What::sleep;
        action.sleep_ms = int(number(text.substr(6, text.size() - 7), whole));
    } else {
        unreadable(whole);
    }
    return action;
}

Plans parse_plans(std::string_view text)
{
    Plans plans;
    while (!text.empty()) {
        std::string_view one = take_until(text, ";");
        const std::string_view whole = one;
        const std::string_view name = take_until(one, "=");
        if (name.empty() || one.empty())
            unreadable(whole);
        while (!one.empty())
            plans[std::string(name)].push_back(parse_action(take_until(one, "->")));
    }
    return plans;
}

class FailPoints {
public:
    FailPoints(std::string_view actions, const std::string& count_file, long abort_at)
        : plans_(parse_plans(actions)), abort_at_(abort_at)
    {
        if (count_file.empty())
            return;
        count_fd_ = ::open(count_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (count_fd_ < 0)
            throw std::invalid_argument("cannot write fail point hits to " + count_file);
    }
    ~FailPoints()
    {
        if (count_fd_ >= 0)
            ::close(count_fd_);
    }
    FailPoints(const FailPoints&) = delete;
    FailPoints& operator=(const FailPoints&) = delete;

    Action hit(std::string_view name)
    {
        const std::lock_guard lock(mutex_);
        record(name);
        if (++hits_ == abort_at_)
            return {.what = Action::What::abort};
        const auto plan = plans_.find(name);
        if (plan == plans_.end())
            return {};
        auto& actions = plan->second;
        while (!actions.empty() && actions.front().times == 0)
            actions.pop_front();
        if (actions.empty())
            return {};
        --actions.front().times;
        return actions.front();
    }

private:
    void record(std::string_view name) const
    {
        if (count_fd_ < 0)
            return;
        const std::string line = std::string(name) + '\n';
        if (::write(count_fd_, line.data(), line.size()) != ssize_t(line.size()))
            std::abort(); // an enumerator that miscounts proves nothing
    }

    std::mutex mutex_;
    Plans plans_;
    long abort_at_;
    long hits_ = 0;
    int count_fd_ = -1;
};

std::string environment(const char* name)
{
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::shared_ptr<FailPoints> from_environment()
{
    const std::string abort_at = environment("VITRINA_FAIL_ABORT_AT");
    return std::make_shared<FailPoints>(environment("VITRINA_FAIL_POINTS"), environment("VITRINA_FAIL_COUNT"),
                                        abort_at.empty() ? 0 : number(abort_at, abort_at));
}

std::mutex current_mutex;

std::shared_ptr<FailPoints>& current()
{
    static std::shared_ptr<FailPoints> points = from_environment();
    return points;
}

} // namespace

void configure_fail_points(std::string_view actions, std::string count_file, long abort_at)
{
    auto points = std::make_shared<FailPoints>(actions, count_file, abort_at);
    const std::lock_guard lock(current_mutex);
    current() = std::move(points);
}

void fail_point(std::string_view name)
{
    std::shared_ptr<FailPoints> points;
    {
        const std::lock_guard lock(current_mutex);
        points = current();
    }
    const Action action = points->hit(name);
    switch (action.what) {
    case Action::What::off: return;
    case Action::What::abort:
        ::kill(::getpid(), SIGKILL);
        ::pause();
        return;
    case Action::What::fail: throw FailPointError("fail point " + std::string(name));
    case Action::What::enospc: throw StorageFull("fail point " + std::string(name));
    case Action::What::eio: throw Unavailable("fail point " + std::string(name));
    case Action::What::sleep: std::this_thread::sleep_for(std::chrono::milliseconds{action.sleep_ms}); return;
    }
}

} // namespace vitrina

#endif

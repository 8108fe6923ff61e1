#include "media/sandboxed_inspector.hpp"

#include "core/errors.hpp"
#include "media/child_exit.hpp"
#include "media/child_process.hpp"
#include "media/child_slots.hpp"
#include "media/conversation.hpp"
#include "media/media_fault.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <csignal>
#include <mutex>
#include <utility>

namespace vitrina {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

// The signals a process brings upon itself. Others come from outside (an operator's stop, the kernel short of memory)
// and say nothing about the file.
bool is_own_fault(int signal)
{
    switch (signal) {
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGABRT:
    case SIGTRAP: return true;
    default: return false;
    }
}

// A child is killed and gone before its slot is given to the next; nobody needs to wait for that.
Task<> clear_away(std::shared_ptr<ChildProcess> child, ChildSlots::Slot)
{
    co_await wait_for_end(std::move(child));
}

} // namespace

struct SandboxedInspector::State : std::enable_shared_from_this<State> {
    State(Executor home, InspectorOptions given)
        : options(std::move(given)),
          program{options.program, options.memory, options.cpu_time},
          slots(std::make_shared<ChildSlots>(options.children)),
          spare_timer(home)
    {
    }

    std::shared_ptr<ChildProcess> take_spare()
    {
        std::lock_guard lock(spare_mutex);
        return std::exchange(spare, nullptr);
    }

    void keep_spare()
    {
        std::lock_guard lock(spare_mutex);
        spare_until = Clock::now() + options.spare_kept;
        if (spare)
            return;
        spare = std::make_shared<ChildProcess>(program);
        asio::post(spare_timer.get_executor(), [weak = weak_from_this()] {
            if (auto self = weak.lock())
                self->let_spare_go_in_time();
        });
    }

    // Runs on the home loop, as does everything that touches the timer.
    void let_spare_go_in_time()
    {
        std::shared_ptr<ChildProcess> unused;
        {
            std::lock_guard lock(spare_mutex);
            if (!spare)
                return;
            if (Clock::now() >= spare_until) {
                unused = std::exchange(spare, nullptr);
                return;
            }
            spare_timer.expires_at(spare_until);
        }
        spare_timer.async_wait([weak = weak_from_this()](boost::system::error_code called_off) {
            if (auto self = weak.lock(); self && !called_off)
                self->let_spare_go_in_time();
        });
    }

    Result<MediaFacts> verdict(const TalkEnd& end)
    {
        if (end.nonsense)
            return refuse(crashed, MediaTrouble::crashed);
        if (end.out_of_time)
            return refuse(too_slow, MediaTrouble::too_slow);
        if (end.process.by_signal && end.process.code == SIGXCPU)
            return refuse(too_costly, MediaTrouble::too_costly);
        if (end.process.by_signal && end.process.code == SIGSYS)
            return refuse(forbidden, MediaTrouble::crashed);
        if (end.process.by_signal && !is_own_fault(end.process.code))
            throw Unavailable("the media reader was killed from outside, by signal " +
                              std::to_string(end.process.code));
        if (!end.process.by_signal && end.process.code == child_exit::no_ffmpeg)
            throw Unavailable("the media reader finds no FFmpeg: install libavformat59, libavcodec59 and libswscale6");
        if (!end.process.by_signal && end.process.code == child_exit::no_sandbox)
            throw Unavailable("the media reader cannot lock itself in: this kernel or container refuses seccomp");
        if (!end.process.by_signal && end.process.code == child_exit::not_for_people)
            throw Unavailable("the media reader's program is not of this version");
        return refuse(crashed, MediaTrouble::crashed);
    }

    Fault refuse(std::atomic<std::uint64_t>& counter, MediaTrouble trouble)
    {
        ++counter;
        return media_fault(trouble);
    }

    const InspectorOptions options;
    const ChildProgram program;
    const std::shared_ptr<ChildSlots> slots;

    std::mutex spare_mutex;
    std::shared_ptr<ChildProcess> spare;
    Clock::time_point spare_until;
    asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor> spare_timer;

    std::atomic<std::uint64_t> facts{0}, refused{0}, crashed{0}, forbidden{0}, too_slow{0}, too_costly{0};
};

SandboxedInspector::SandboxedInspector(Executor home, InspectorOptions options)
    : state_(std::make_shared<State>(home, std::move(options)))
{
}

SandboxedInspector::~SandboxedInspector() = default;

void SandboxedInspector::prepare() noexcept
try {
    state_->keep_spare();
} catch (...) {
    // Only a hint: inspect() will meet the same trouble and say so.
}

InspectorCounts SandboxedInspector::counts() const
{
    return {.facts = state_->facts,
            .refused = state_->refused,
            .crashed = state_->crashed,
            .forbidden = state_->forbidden,
            .too_slow = state_->too_slow,
            .too_costly = state_->too_costly};
}

Task<Result<MediaFacts>> SandboxedInspector::inspect(MediaSource source)
{
    auto state = state_;
    auto executor = co_await asio::this_coro::executor;
    auto slot = co_await state->slots->take();

    MediaJob job{
        .size = source.size, .max_pixels = state->options.max_pixels, .has_descriptor = source.descriptor >= 0};
    auto child = state->take_spare();
    bool told = child && send_job(*child, job, source.descriptor); // it may have died while it waited
    if (!told) {
        child = std::make_shared<ChildProcess>(state->program);
        send_job(*child, job, source.descriptor);
    }

    TalkEnd end = co_await talk_with(child, std::move(source), state->options.wall_time);
    if (end.source_failure)
        std::rethrow_exception(end.source_failure);
    if (!end.answered) {
        end.process = co_await wait_for_end(child);
        co_return state->verdict(end);
    }
    asio::co_spawn(executor, clear_away(std::move(child), std::move(slot)), asio::detached);
    if (auto* refusal = std::get_if<MediaRefusal>(&end.answer)) {
        ++state->refused;
        co_return media_fault(refusal->trouble, refusal->detail);
    }
    ++state->facts;
    co_return std::move(std::get<MediaFacts>(end.answer));
}

} // namespace vitrina

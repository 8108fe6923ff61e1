#include "jobs/runner.hpp"

#include "core/alarm.hpp"
#include "core/errors.hpp"
#include "core/random.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <unistd.h>
#include <utility>
#include <vector>

namespace vitrina {
namespace {

using Steady = std::chrono::steady_clock;

// How long drain waits for cancelled handlers to notice.
constexpr auto last_wait = std::chrono::seconds{1};
// Never spin, whatever the database says about what is due.
constexpr auto shortest_wait = std::chrono::milliseconds{5};

// Between half of it and all of it, so that many processes do not ask at the same moment.
Steady::duration jittered(std::chrono::milliseconds poll)
{
    std::array<std::byte, 1> dice;
    fill_random(dice);
    return poll / 2 + std::chrono::duration_cast<Steady::duration>(poll) * std::to_integer<int>(dice[0]) / 512;
}

std::string made_up_owner()
{
    std::array<char, 256> host{};
    ::gethostname(host.data(), host.size() - 1);
    return std::string(host.data()) + '-' + std::to_string(::getpid()) + '-' + random_hex(3);
}

struct Kind {
    JobHandler handler;
    int concurrency = 1;
    int running = 0;
};

struct RunningJob {
    explicit RunningJob(Job j) : job(std::move(j)) {}

    Job job;
    Steady::time_point extended = Steady::now();
    boost::asio::cancellation_signal cancel;
    bool lost = false;     // it is no longer ours: whatever becomes of it does not count
    bool settling = false; // its outcome is being written: the row may go at any moment
};

} // namespace

struct Runner::State {
    State(JobQueue& q, Executor executor, RunnerOptions o)
        : queue(q), loop(executor), options(std::move(o)), idle(executor), heart(executor), changed(executor)
    {
        if (options.owner.empty())
            options.owner = made_up_owner();
    }

    JobQueue& queue;
    Executor loop;
    RunnerOptions options;
    std::map<std::string, Kind> kinds;
    RunnerCounters counters;
    std::function<void(const JobReport&)> report = [](const JobReport&) {};
    std::vector<std::shared_ptr<RunningJob>> running;
    std::shared_ptr<void> wakes_us;

    Alarm idle;    // rung when there may be something to claim
    Alarm heart;   // rung when the heartbeat should look at once
    Alarm changed; // rung for drain, when something ended
    bool draining = false;
    bool claiming = false;
    bool beating = false;

    // What the last fruitless claim saw: nothing is asked again until one of them changes.
    std::optional<std::uint64_t> seen;
    std::optional<Instant> next_due;
    bool looked = false;
    int in_vain = 0; // looks in a row that brought nothing although something was due: others have it, or none may
    bool refused = false; // the last look found that nothing may be written

    std::vector<std::string> kinds_with_room() const
    {
        std::vector<std::string> names;
        for (const auto& [name, kind] : kinds)
            if (kind.running < kind.concurrency)
                names.push_back(name);
        return names;
    }
    bool is_due() const { return next_due && *next_due <= queue.clock().now(); }
    Steady::duration until_next_look() const
    {
        const auto poll = jittered(options.poll);
        if (!next_due)
            return poll;
        const auto due = std::chrono::duration_cast<Steady::duration>(*next_due - queue.clock().now());
        const Steady::duration least = shortest_wait * (1 << std::min(in_vain, 12));
        return std::min(std::max(due, least), std::max<Steady::duration>(poll, shortest_wait));
    }
    // In the clock's own unit: a third of two whole seconds is none.
    Steady::duration extended_after() const { return Steady::duration(options.lease) / 3; }
    bool any_held() const
    {
        return std::any_of(running.begin(), running.end(), [](const auto& one) { return !one->lost; });
    }

    void lose(RunningJob& one)
    {
        one.lost = true;
        ++counters.leases_lost;
        report({JobReport::What::lease_lost, &one.job, "its lease went to somebody else, or it was cancelled"});
        one.cancel.emit(boost::asio::cancellation_type::terminal);
    }
    void unavailable(const std::exception& e) { report({JobReport::What::queue_unavailable, nullptr, e.what()}); }

    static Task<> claim_jobs(std::shared_ptr<State> self);
    static Task<> keep_leases(std::shared_ptr<State> self);
    TimeSpent& time_of(const RunningJob& one, const JobResult& result, bool failed);
    static Task<> run_job(std::shared_ptr<State> self, std::shared_ptr<RunningJob> one);
    Task<bool> claim_one();
    Task<> look_after(RunningJob& one, bool something_changed);
    Task<> settle(RunningJob& one, JobResult result, std::optional<std::string> error);
    Task<bool> write_outcome(const RunningJob& one, JobResult result, std::optional<std::string> error);
    static void start(const std::shared_ptr<State>& self, Job job);
    void ended(const std::shared_ptr<RunningJob>& one);
};

// ---- claiming

Task<> Runner::State::claim_jobs(std::shared_ptr<State> self)
{
    self->claiming = true;
    while (!self->draining) {
        std::optional<Job> job;
        try {
            const std::uint64_t version = co_await self->queue.database().version();
            if (!self->looked || self->seen != version || self->is_due()) {
                self->seen = version;
                self->looked = true;
                const auto kinds = self->kinds_with_room();
                const auto asked = Steady::now();
                job = co_await self->queue.claim(kinds, self->options.owner, self->options.lease);
                if (job)
                    self->counters.claim.add(Steady::now() - asked);
                else
                    self->next_due = co_await self->queue.next_due(kinds);
                const bool overdue = !job && self->is_due();
                self->in_vain = overdue ? self->in_vain + 1 : 0;
                self->refused = false;
            }
            if (job && self->draining) {
                std::vector<Job> unwanted{*job};
                co_await self->queue.release(std::move(unwanted));
            }
        } catch (const WritesRefused& e) {
            self->looked = false;
            ++self->in_vain;
            if (!std::exchange(self->refused, true)) // said once: it may last
                self->unavailable(e);
        } catch (const std::exception& e) {
            self->looked = false;
            self->next_due.reset(); // what was due is not asked for over and over while the database is away
            ++self->in_vain;
            self->unavailable(e);
        }
        if (job && !self->draining) {
            self->looked = false;
            start(self, std::move(*job));
        } else if (!self->draining) {
            co_await self->idle.wait(self->until_next_look());
        }
    }
    self->claiming = false;
    self->changed.ring();
}

// ---- running

void Runner::State::start(const std::shared_ptr<State>& self, Job job)
{
    ++self->kinds.at(job.kind).running;
    auto one = std::make_shared<RunningJob>(std::move(job));
    self->running.push_back(one);
    auto when_ended = [self, one](std::exception_ptr) { self->ended(one); }; // cancelled, if anything
    auto slot = one->cancel.slot();
    boost::asio::co_spawn(self->loop, run_job(self, one),
                          boost::asio::bind_cancellation_slot(slot, std::move(when_ended)));
}

void Runner::State::ended(const std::shared_ptr<RunningJob>& one)
{
    --kinds.at(one->job.kind).running;
    std::erase(running, one);
    looked = false; // a kind has room again
    idle.ring();
    changed.ring();
}

TimeSpent& Runner::State::time_of(const RunningJob& one, const JobResult& result, bool failed)
{
    RunnerCounters::Handling& times = counters.handling.at(one.job.kind);
    if (one.lost)
        return times.lost;
    if (failed)
        return times.failed;
    if (std::holds_alternative<Snooze>(result))
        return times.snoozed;
    return std::holds_alternative<GiveUp>(result) ? times.given_up : times.done;
}

Task<> Runner::State::run_job(std::shared_ptr<State> self, std::shared_ptr<RunningJob> one)
{
    JobResult result;
    std::optional<std::string> error;
    const auto began = Steady::now();
    try {
        Task<JobResult> work = self->kinds.at(one->job.kind).handler(one->job);
        result = co_await std::move(work);
    } catch (const std::exception& e) {
        error = e.what();
    } catch (...) {
        error = "an exception of an unknown type";
    }
    self->time_of(*one, result, error.has_value()).add(Steady::now() - began);
    if (!one->lost)
        co_await self->settle(*one, std::move(result), std::move(error));
}

// Writes the outcome down, again and again while the database is away: until the lease is known to be lost, the
// work need not be done twice.
Task<> Runner::State::settle(RunningJob& one, JobResult result, std::optional<std::string> error)
{
    one.settling = true;
    if (error)
        report({JobReport::What::failed, &one.job, *error});
    else if (const auto* gave_up = std::get_if<GiveUp>(&result))
        report({JobReport::What::given_up, &one.job, gave_up->reason});

    while (!one.lost) {
        try {
            const bool ours = co_await write_outcome(one, result, error);
            if (!ours)
                lose(one);
            co_return;
        } catch (const std::exception& e) {
            unavailable(e);
        }
        Alarm again(loop);
        co_await again.wait(jittered(options.poll));
    }
}

Task<bool> Runner::State::write_outcome(const RunningJob& one, JobResult result, std::optional<std::string> error)
{
    if (error)
        return queue.failed(one.job, std::move(*error));
    return queue.finish(one.job, std::move(result));
}

// ---- keeping

Task<> Runner::State::keep_leases(std::shared_ptr<State> self)
{
    self->beating = true;
    const auto beat = std::min<Steady::duration>(self->options.poll, self->extended_after());
    std::optional<std::uint64_t> version;
    while (!self->draining || self->any_held()) {
        co_await self->heart.wait(beat);
        if (self->running.empty())
            continue;
        std::optional<std::uint64_t> now;
        try {
            now = co_await self->queue.database().version();
        } catch (const std::exception& e) {
            self->unavailable(e); // then everything may have changed
        }
        const bool something_changed = !now || now != version;
        version = now;
        const auto jobs = self->running; // others may come and go meanwhile
        for (const auto& one : jobs)
            co_await self->look_after(*one, something_changed);
    }
    self->beating = false;
    self->changed.ring();
}

// Extends the lease when a third of it is over; else looks whether somebody took the job away.
Task<> Runner::State::look_after(RunningJob& one, bool something_changed)
{
    const bool extend = Steady::now() - one.extended >= extended_after();
    if (one.lost || one.settling || !(extend || something_changed))
        co_return;
    bool held = true;
    try {
        if (extend) {
            held = co_await queue.extend(one.job, options.lease);
            one.extended = Steady::now();
        } else {
            held = co_await queue.holds(one.job);
        }
    } catch (const std::exception& e) {
        unavailable(e); // the lease still runs; the next beat tries again
    }
    if (!held && !one.lost && !one.settling)
        lose(one);
}

// ---- the outside

Runner::Runner(JobQueue& queue, Executor loop, RunnerOptions options)
    : state_(std::make_shared<State>(queue, loop, std::move(options)))
{
}

Runner::~Runner() = default;

void Runner::handle(std::string kind, JobHandler handler, int concurrency)
{
    state_->counters.handling[kind];
    state_->kinds[std::move(kind)] = {.handler = std::move(handler), .concurrency = concurrency};
}

void Runner::on_report(std::function<void(const JobReport&)> report)
{
    state_->report = std::move(report);
}

void Runner::start()
{
    const std::weak_ptr<State> weak = state_;
    state_->wakes_us = state_->queue.on_wake([weak, loop = state_->loop] {
        boost::asio::post(loop, [weak] {
            if (const auto state = weak.lock()) {
                state->looked = false;
                state->idle.ring();
                state->heart.ring();
            }
        });
    });
    boost::asio::co_spawn(state_->loop, State::claim_jobs(state_), boost::asio::detached);
    boost::asio::co_spawn(state_->loop, State::keep_leases(state_), boost::asio::detached);
}

Task<> Runner::drain(std::chrono::milliseconds patience)
{
    const auto state = state_;
    state->draining = true;
    state->wakes_us.reset();
    state->idle.ring();

    const auto patient_until = Steady::now() + patience;
    while ((state->claiming || !state->running.empty()) && Steady::now() < patient_until)
        co_await state->changed.wait(patient_until - Steady::now());

    std::vector<Job> unfinished;
    for (const auto& one : state->running)
        if (!one->lost)
            unfinished.push_back(one->job);
    if (!unfinished.empty()) {
        try {
            co_await state->queue.release(unfinished);
        } catch (const std::exception& e) {
            state->unavailable(e); // the leases run out by themselves
        }
    }
    for (const auto& one : state->running) {
        one->lost = true;
        one->cancel.emit(boost::asio::cancellation_type::terminal);
    }
    state->heart.ring();
    const auto last = Steady::now() + last_wait;
    while ((state->claiming || state->beating || !state->running.empty()) && Steady::now() < last)
        co_await state->changed.wait(last - Steady::now());
}

int Runner::running() const
{
    return int(state_->running.size());
}

const RunnerCounters& Runner::counters() const
{
    return state_->counters;
}

} // namespace vitrina

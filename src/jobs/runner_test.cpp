#include "jobs/runner.hpp"

#include "core/run_on.hpp"
#include "core/sleep.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>
#include <thread>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

const RetryPolicy at_once{.base = 0s, .cap = 0s};
const RunnerOptions quick{.owner = "runner", .lease = 30s, .poll = 10ms};

Task<> enqueue_committed(JobQueue& queue, NewJob job)
{
    auto transaction = co_await queue.database().begin();
    co_await queue.enqueue(*transaction, std::move(job));
    co_await transaction->commit();
    queue.wake();
}

// A loop with a runner on it. wait() turns the loop until something is true, within reason.
struct RunnerTest {
    boost::asio::io_context loop{1}; // outlives the database's threads
    std::unique_ptr<Database> db = open_test_database();
    ManualClock clock;
    JobQueue queue{*db, clock, at_once};
    std::vector<std::pair<JobReport::What, std::string>> reports;

    std::unique_ptr<Runner> make(RunnerOptions options = quick)
    {
        auto runner = std::make_unique<Runner>(queue, loop.get_executor(), std::move(options));
        runner->on_report([this](const JobReport& report) { reports.emplace_back(report.what, report.reason); });
        return runner;
    }
    void given(NewJob job) { boost::asio::co_spawn(loop, enqueue_committed(queue, std::move(job)), rethrow); }
    void drain(Runner& runner, std::chrono::milliseconds patience = 5s)
    {
        bool drained = false;
        boost::asio::co_spawn(loop, runner.drain(patience), [&](std::exception_ptr e) {
            drained = true;
            rethrow(e);
        });
        wait([&] { return drained; });
    }
    void wait(const std::function<bool()>& condition)
    {
        const auto deadline = std::chrono::steady_clock::now() + 20s;
        loop.restart();
        while (!condition()) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            loop.run_one_for(100ms);
        }
    }
    std::int64_t unfinished()
    {
        return run(db->read({"SELECT count(*) FROM jobs"}, std::vector<Value>{})).front().integer(0);
    }
    bool reported(JobReport::What what) const
    {
        for (const auto& [w, reason] : reports)
            if (w == what)
                return true;
        return false;
    }
    static void rethrow(std::exception_ptr e)
    {
        if (e)
            std::rethrow_exception(e);
    }
};

Task<JobResult> wait_for_ever(bool& ended)
{
    struct AtEnd {
        bool& flag;
        ~AtEnd() { flag = true; }
    };
    const AtEnd at_end{ended};
    co_await sleep_for(1h);
    co_return Done{};
}

Task<JobResult> result(JobResult value)
{
    co_return value;
}

Task<JobResult> fail(std::string why)
{
    throw std::runtime_error(why);
    co_return Done{};
}

} // namespace

TEST_CASE_FIXTURE(RunnerTest, "runner: jobs of every kind find their handler, and are done")
{
    auto runner = make();
    std::vector<std::string> seen;
    runner->handle("inspect", [&](const Job& job) {
        seen.push_back("inspect " + job.subject);
        return result(Done{});
    });
    runner->handle("publish", [&](const Job& job) {
        seen.push_back("publish " + job.subject);
        return result(Done{});
    });
    runner->start();
    given({.kind = "inspect", .subject = "1"});
    given({.kind = "publish", .subject = "2"});
    given({.kind = "unknown", .subject = "3"});
    wait([&] { return unfinished() == 1 && seen.size() == 2; });
    drain(*runner);
    CHECK(reports.empty());
    CHECK(unfinished() == 1); // what nobody here can do is left for others
}

TEST_CASE_FIXTURE(RunnerTest, "runner: no more of a kind run at once than allowed, and other kinds are not held up")
{
    auto runner = make();
    int running = 0, most = 0, done = 0, others = 0;
    auto handler = [&](const Job&) -> Task<JobResult> {
        most = std::max(most, ++running);
        do // until a second one has come, however long that takes it
            co_await sleep_for(2ms);
        while (most < 2);
        --running;
        ++done;
        co_return Done{};
    };
    runner->handle("slow", handler, 2);
    runner->handle("other", [&](const Job&) {
        ++others;
        return result(Done{});
    });
    runner->start();
    for (int i = 0; i < 8; ++i)
        given({.kind = "slow"});
    given({.kind = "other"});
    wait([&] { return done == 8 && others == 1; });
    CHECK(most == 2);
    drain(*runner);
    CHECK(unfinished() == 0);
}

TEST_CASE_FIXTURE(RunnerTest, "fault.J3 runner: a poisoned job is tried N times and dies, its siblings are done")
{
    auto runner = make();
    int tries = 0, siblings = 0;
    runner->handle("inspect", [&](const Job& job) {
        if (job.subject == "poison") {
            ++tries;
            return fail("the child died of signal 11");
        }
        ++siblings;
        return result(Done{});
    }, 2);
    runner->start();
    given({.kind = "inspect", .subject = "poison", .max_attempts = 3});
    for (int i = 0; i < 5; ++i)
        given({.kind = "inspect", .subject = "fine"});
    wait([&] { return unfinished() == 0 && siblings == 5; });
    drain(*runner);
    CHECK(tries == 3);
    CHECK(runner->counters().handling.at("inspect").failed.times == 3);
    CHECK(runner->counters().handling.at("inspect").done.times == 5);
    CHECK(runner->counters().claim.times == 8);
    CHECK(queue.counters().died == 1);
    const auto dead = run(queue.dead(10));
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].last_error == "the child died of signal 11");
    CHECK(reported(JobReport::What::failed));
}

TEST_CASE_FIXTURE(RunnerTest, "runner: snoozed jobs come back when their time has come, given up ones do not")
{
    auto runner = make();
    int visits = 0;
    runner->handle("publish",
                   [&](const Job&) { return ++visits == 1 ? result(Snooze{1h}) : result(GiveUp{"never mind"}); });
    runner->start();
    given({.kind = "publish"});
    wait([&] { return visits == 1 && runner->running() == 0; });
    clock.advance(1h);
    wait([&] { return unfinished() == 0; });
    drain(*runner);
    CHECK(visits == 2);
    CHECK(run(queue.dead(10)).at(0).last_error == "never mind");
    CHECK(reported(JobReport::What::given_up));
    CHECK(runner->counters().handling.at("publish").snoozed.times == 1);
    CHECK(runner->counters().handling.at("publish").given_up.times == 1);
}

TEST_CASE_FIXTURE(RunnerTest, "runner: leases are extended while a handler works")
{
    RunnerOptions options = quick;
    options.lease = 1s;
    auto runner = make(options);
    bool ended = false;
    runner->handle("inspect", [&](const Job&) { return wait_for_ever(ended); });
    runner->start();
    given({.kind = "inspect"});
    wait([&] { return runner->running() == 1; });
    const Instant first = *run(queue.next_due({"inspect"}));
    clock.advance(500ms);
    wait([&] { return *run(queue.next_due({"inspect"})) > first; });
    drain(*runner, 0ms);
    CHECK(ended);
}

TEST_CASE_FIXTURE(RunnerTest, "runner: keeping a short lease is no work")
{
    auto runner = make({.owner = "runner", .lease = 2s, .poll = 1h});
    bool ended = false;
    runner->handle("inspect", [&](const Job&) { return wait_for_ever(ended); });
    runner->start();
    given({.kind = "inspect"});
    wait([&] { return runner->running() == 1; });
    CHECK(loop.run_for(500ms) < 100); // of what may run on it: thousands when it is kept without a pause
    drain(*runner, 0ms);
}

TEST_CASE_FIXTURE(RunnerTest,
                  "fault.J2 runner: a worker that slept past its lease drops the job, the new owner keeps it")
{
    auto runner = make();
    bool ended = false;
    runner->handle("inspect", [&](const Job&) { return wait_for_ever(ended); });
    runner->start();
    given({.kind = "inspect"});
    wait([&] { return runner->running() == 1; });
    clock.advance(31s);
    const auto taken = run(queue.claim({"inspect"}, "somebody else", 30s));
    REQUIRE(taken);
    wait([&] { return ended && runner->running() == 0; });
    CHECK(reported(JobReport::What::lease_lost));
    CHECK(runner->counters().leases_lost == 1);
    CHECK(runner->counters().handling.at("inspect").lost.times == 1);
    CHECK(run(queue.holds(*taken)));
    CHECK(run(queue.finish(*taken, Done{})));
    drain(*runner);
}

TEST_CASE_FIXTURE(RunnerTest, "fault.J9 runner: cancelling a running job ends its handler")
{
    auto runner = make();
    bool ended = false;
    runner->handle("inspect", [&](const Job&) { return wait_for_ever(ended); });
    runner->start();
    given({.kind = "inspect", .unique_key = "inspect:1"});
    wait([&] { return runner->running() == 1; });
    auto transaction = run(db->begin());
    CHECK(run(queue.cancel(*transaction, "inspect:1")));
    run(transaction->commit());
    queue.wake();
    wait([&] { return ended && runner->running() == 0; });
    drain(*runner);
    CHECK(unfinished() == 0);
}

TEST_CASE_FIXTURE(RunnerTest, "fault.J10 runner: a drain lets quick jobs end and hands the rest back, no attempt used")
{
    auto runner = make();
    int done = 0;
    std::vector<std::unique_ptr<bool>> endings;
    runner->handle("quick", [&](const Job&) {
        ++done;
        return result(Done{});
    });
    runner->handle("long", [&](const Job&) {
        endings.push_back(std::make_unique<bool>(false));
        return wait_for_ever(*endings.back());
    }, 100);
    runner->start();
    for (int i = 0; i < 100; ++i)
        given({.kind = "long", .max_attempts = 1});
    wait([&] { return runner->running() == 100; });
    given({.kind = "quick"});
    drain(*runner, 50ms);
    CHECK(runner->running() == 0);
    for (const auto& one : endings)
        CHECK(*one);

    auto successor = make();
    int taken_over = 0;
    successor->handle("long", [&](const Job& job) {
        taken_over += job.attempts == 0;
        return result(Done{});
    }, 100);
    successor->start();
    wait([&] { return taken_over == 100; });
    drain(*successor);
    CHECK(run(queue.dead(10)).empty());
}

TEST_CASE_FIXTURE(RunnerTest, "runner: what another process enqueues is found by polling")
{
    auto runner = make();
    int done = 0;
    runner->handle("publish", [&](const Job&) {
        ++done;
        return result(Done{});
    });
    runner->start();
    wait([&] { return loop.poll() == 0; });
    JobQueue elsewhere(*db, clock, at_once); // wakes nobody here
    std::thread([&] { run(enqueue_committed(elsewhere, {.kind = "publish"})); }).join();
    wait([&] { return done == 1 && unfinished() == 0; });
    drain(*runner);
}

TEST_CASE_FIXTURE(RunnerTest, "runner: an outcome is written once the database can be written again")
{
    SqliteOptions impatient;
    impatient.busy_timeout = 10ms;
    db = open_temporary_sqlite(impatient);
    JobQueue own(*db, clock, at_once);
    Runner runner(own, loop.get_executor(), quick);
    runner.on_report([this](const JobReport& report) { reports.emplace_back(report.what, report.reason); });
    std::unique_ptr<Transaction> blocking;
    runner.handle("publish", [&](const Job&) -> Task<JobResult> {
        blocking = co_await own.database().begin();
        co_return Done{};
    });
    runner.start();
    boost::asio::co_spawn(loop, enqueue_committed(own, {.kind = "publish"}), rethrow);
    wait([&] { return reported(JobReport::What::queue_unavailable); });
    blocking.reset();
    wait([&] { return runner.running() == 0; });
    drain(runner);
    CHECK(run(db->read({"SELECT count(*) FROM jobs"}, std::vector<Value>{})).front().integer(0) == 0);
}

TEST_CASE_FIXTURE(RunnerTest, "runner: a database that is away is not asked over and over for what was due")
{
    SqliteOptions impatient;
    impatient.busy_timeout = 1ms;
    db = open_temporary_sqlite(impatient);
    JobQueue own(*db, clock, at_once);
    RunnerOptions rarely = quick;
    rarely.poll = 10min;
    Runner runner(own, loop.get_executor(), rarely);
    int done = 0, failures = 0;
    runner.on_report([&](const JobReport& report) { failures += report.what == JobReport::What::queue_unavailable; });
    runner.handle("publish", [&](const Job&) {
        ++done;
        return result(Done{});
    });
    runner.start();
    run(enqueue_committed(own, {.kind = "publish", .run_at = clock.now() + 1h}));
    const auto turn_for = [&](std::chrono::milliseconds time) {
        const auto end = std::chrono::steady_clock::now() + time;
        wait([&] { return std::chrono::steady_clock::now() >= end; });
    };
    turn_for(100ms); // it has seen when something will be due
    std::unique_ptr<Transaction> blocking = run(own.database().begin());
    clock.advance(2h);
    own.wake();
    wait([&] { return failures > 0; });
    turn_for(300ms);
    CHECK(failures <= 2);
    blocking.reset();
    own.wake();
    wait([&] { return done == 1 && runner.running() == 0; });
    drain(runner);
}

#include "jobs/queue.hpp"

#include "unit/child.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <doctest/doctest.h>
#include <thread>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

const RetryPolicy at_once{.base = 0s, .cap = 0s};

Task<std::optional<JobId>> enqueue_committed(JobQueue& queue, NewJob job)
{
    auto transaction = co_await queue.database().begin();
    auto id = co_await queue.enqueue(*transaction, std::move(job));
    co_await transaction->commit();
    co_return id;
}

struct QueueTest {
    std::unique_ptr<Database> db = open_test_database();
    ManualClock clock;
    JobQueue queue{*db, clock, at_once};

    JobId given(NewJob job)
    {
        auto id = run(enqueue_committed(queue, std::move(job)));
        REQUIRE(id);
        return *id;
    }
    std::optional<Job> claim(std::string owner = "worker")
    {
        return run(queue.claim({"publish", "inspect"}, std::move(owner), 30s));
    }
    bool holds(const Job& job)
    {
        auto transaction = run(db->begin());
        return run(queue.holds(*transaction, job));
    }
    std::int64_t waiting_or_running()
    {
        return run(db->read({"SELECT count(*) FROM jobs"}, std::vector<Value>{})).front().integer(0);
    }
};

} // namespace

TEST_CASE_FIXTURE(QueueTest, "queue: a job is claimed with everything it was given, done, and gone")
{
    const JobId id = given({.kind = "publish", .subject = "video-1", .payload = R"({"to":"youtube"})"});
    const auto job = claim();
    REQUIRE(job);
    CHECK(job->id == id);
    CHECK(job->kind == "publish");
    CHECK(job->subject == "video-1");
    CHECK(job->payload == R"({"to":"youtube"})");
    CHECK(job->attempts == 0);
    CHECK(holds(*job));
    CHECK_FALSE(claim());

    CHECK(run(queue.finish(*job, Done{})));
    CHECK(waiting_or_running() == 0);
    CHECK_FALSE(holds(*job));
    CHECK_FALSE(run(queue.finish(*job, Done{})));
}

TEST_CASE_FIXTURE(QueueTest, "queue: jobs are claimed when due, the longest due first, whatever their kind")
{
    given({.kind = "publish", .subject = "second", .run_at = clock.now() + 2s});
    given({.kind = "inspect", .subject = "first", .run_at = clock.now() + 1s});
    given({.kind = "other", .subject = "not ours"});
    CHECK_FALSE(claim());
    CHECK(run(queue.next_due({"publish", "inspect"})) == clock.now() + 1s);
    CHECK_FALSE(run(queue.next_due({"nothing"})));
    clock.advance(5s);
    CHECK(claim()->subject == "first");
    CHECK(claim()->subject == "second");
    CHECK_FALSE(claim());
}

TEST_CASE_FIXTURE(QueueTest, "queue: snoozing waits, without using up an attempt")
{
    given({.kind = "publish", .max_attempts = 1});
    for (int i = 0; i < 5; ++i) {
        const auto job = claim();
        REQUIRE(job);
        CHECK(job->attempts == 0);
        CHECK(run(queue.finish(*job, Snooze{10s})));
        CHECK_FALSE(claim());
        clock.advance(10s);
    }
}

TEST_CASE_FIXTURE(QueueTest, "queue: a failed job is tried again later, as often as it may be, and then is dead")
{
    const JobId id = given({.kind = "publish", .subject = "video-1", .max_attempts = 3});
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto job = claim("worker-" + std::to_string(attempt));
        REQUIRE(job);
        CHECK(job->attempts == attempt);
        CHECK(run(queue.failed(*job, "network down, time " + std::to_string(attempt))));
    }
    CHECK_FALSE(claim());
    CHECK(waiting_or_running() == 0);
    const auto dead = run(queue.dead(10));
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].id == id);
    CHECK(dead[0].subject == "video-1");
    CHECK(dead[0].attempts == 3);
    CHECK(dead[0].last_error == "network down, time 2");
    CHECK(dead[0].history == "2026-03-01T12:00:00.000000Z worker-0: network down, time 0\n"
                             "2026-03-01T12:00:00.000000Z worker-1: network down, time 1\n"
                             "2026-03-01T12:00:00.000000Z worker-2: network down, time 2\n");
}

TEST_CASE_FIXTURE(QueueTest, "queue: what died long ago is forgotten")
{
    const auto die = [this] {
        given({.kind = "publish", .max_attempts = 1});
        CHECK(run(queue.failed(*claim(), "never mind")));
    };
    die();
    clock.advance(25h);
    die();
    run(queue.forget_dead(24h));
    CHECK(run(queue.dead(10)).size() == 1);
}

TEST_CASE_FIXTURE(QueueTest, "queue: the retry policy decides how long a failed job waits")
{
    JobQueue patient(*db, clock, {.base = 1h, .cap = 1h});
    given({.kind = "publish"});
    CHECK(run(patient.failed(*claim(), "no")));
    const Instant due = *run(queue.next_due({"publish"}));
    CHECK(due >= clock.now());
    CHECK(due < clock.now() + 1h);
}

TEST_CASE_FIXTURE(QueueTest, "queue: giving up is death at once, and the dead do not occupy their key")
{
    const auto unfinished = [this] {
        auto transaction = run(db->begin());
        return run(queue.has_unfinished(*transaction, "publish:1"));
    };
    CHECK_FALSE(unfinished());
    given({.kind = "publish", .unique_key = "publish:1"});
    CHECK(unfinished());
    const auto job = claim();
    CHECK(unfinished()); // it runs
    CHECK(run(queue.finish(*job, GiveUp{"the account is gone"})));
    CHECK(run(queue.dead(10)).at(0).last_error == "the account is gone");
    CHECK_FALSE(unfinished());
    CHECK(run(enqueue_committed(queue, {.kind = "publish", .unique_key = "publish:1"})));
    CHECK(claim());
}

TEST_CASE_FIXTURE(QueueTest, "queue: history stays bounded, however often a job fails")
{
    given({.kind = "publish", .max_attempts = 100});
    for (int i = 0; i < 40; ++i)
        run(queue.failed(*claim(), "failure " + std::to_string(i) + std::string(5'000, '!')));
    run(queue.finish(*claim(), GiveUp{"enough"}));
    const auto dead = run(queue.dead(1)).at(0);
    CHECK(dead.history.size() <= 8'000);
    CHECK(dead.history.ends_with("worker: enough\n"));
    CHECK(dead.history.find("failure 39") != std::string::npos);
}

TEST_CASE_FIXTURE(QueueTest, "queue: a cancelled job is gone, and its worker can write nothing more")
{
    given({.kind = "publish", .unique_key = "publish:1"});
    const auto job = claim();
    auto transaction = run(db->begin());
    CHECK(run(queue.cancel(*transaction, "publish:1")));
    CHECK_FALSE(run(queue.cancel(*transaction, "publish:2")));
    run(transaction->commit());
    transaction.reset();
    CHECK_FALSE(holds(*job));
    CHECK_FALSE(run(queue.finish(*job, Snooze{1s})));
    CHECK(waiting_or_running() == 0);
}

TEST_CASE_FIXTURE(QueueTest, "fault.J1 queue: a job whose worker died runs again after its lease, with a new fence")
{
    given({.kind = "publish"});
    const auto first = claim("killed");
    clock.advance(29s);
    CHECK_FALSE(claim());
    CHECK(run(queue.extend(*first, 30s)));
    clock.advance(29s);
    CHECK_FALSE(claim());
    clock.advance(1s);
    const auto second = claim("successor");
    REQUIRE(second);
    CHECK(second->id == first->id);
    CHECK(second->attempts == 1);
    CHECK(second->fence > first->fence);
}

TEST_CASE_FIXTURE(QueueTest, "fault.J2 queue: what a worker writes after losing its lease matches no row")
{
    given({.kind = "publish"});
    const auto stale = claim("stopped");
    clock.advance(31s);
    const auto current = claim("successor");
    REQUIRE(current);
    CHECK_FALSE(holds(*stale));
    CHECK_FALSE(run(queue.extend(*stale, 30s)));
    CHECK_FALSE(run(queue.finish(*stale, Done{})));
    CHECK_FALSE(run(queue.finish(*stale, Snooze{1s})));
    CHECK_FALSE(run(queue.finish(*stale, GiveUp{"no"})));
    CHECK_FALSE(run(queue.failed(*stale, "no")));
    CHECK(run(queue.release({*stale})) == 0);
    CHECK(queue.counters().fenced == 6);
    CHECK(holds(*current));
    CHECK(run(queue.finish(*current, Done{})));
}

TEST_CASE_FIXTURE(QueueTest,
                  "fault.J3 queue: a job that kills its workers dies after its attempts, its siblings do not")
{
    given({.kind = "publish", .subject = "poison", .max_attempts = 3});
    clock.advance(1s);
    given({.kind = "publish", .subject = "sibling"});
    for (int attempt = 0; attempt < 3; ++attempt) {
        const auto job = claim("victim-" + std::to_string(attempt));
        REQUIRE(job);
        CHECK(job->subject == "poison");
        clock.advance(60s); // the worker is gone
        if (attempt == 0) {
            const auto sibling = claim();
            CHECK(sibling->subject == "sibling");
            CHECK(run(queue.finish(*sibling, Done{})));
        }
    }
    CHECK_FALSE(claim());
    const auto dead = run(queue.dead(10));
    REQUIRE(dead.size() == 1);
    CHECK(dead[0].subject == "poison");
    CHECK(queue.counters().died == 1);
    CHECK(dead[0].last_error == "the worker vanished: its lease ran out");
    CHECK(std::count(dead[0].history.begin(), dead[0].history.end(), '\n') == 3);
    CHECK(dead[0].history.find("victim-2: the worker vanished") != std::string::npos);
}

TEST_CASE_FIXTURE(QueueTest, "fault.J4 queue: no commit, no job; a commit, and the job is there")
{
    {
        auto transaction = run(db->begin());
        CHECK(run(queue.enqueue(*transaction, {.kind = "publish"})));
    }
    CHECK(waiting_or_running() == 0);
    given({.kind = "publish"});
    CHECK(claim());
}

TEST_CASE_FIXTURE(QueueTest, "fault.J8 queue: of 200 concurrent enqueues of one key, one is enqueued")
{
    std::atomic<int> enqueued = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            boost::asio::io_context loop(1);
            for (int i = 0; i < 50; ++i)
                boost::asio::co_spawn(
                    loop.get_executor(), enqueue_committed(queue, {.kind = "publish", .unique_key = "publish:1"}),
                    [&](std::exception_ptr, const std::optional<JobId>& id) { enqueued += id.has_value(); });
            loop.run();
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(enqueued == 1);
    CHECK(waiting_or_running() == 1);

    const auto job = claim(); // a running job still has its key
    CHECK_FALSE(run(enqueue_committed(queue, {.kind = "publish", .unique_key = "publish:1"})));
    run(queue.finish(*job, Done{}));
    CHECK(run(enqueue_committed(queue, {.kind = "publish", .unique_key = "publish:1"})));
}

TEST_CASE_FIXTURE(QueueTest, "queue: workers of several loops never get the same job")
{
    for (int i = 0; i < 40; ++i)
        given({.kind = "publish", .subject = std::to_string(i)});
    std::atomic<int> finished = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&, t] {
            while (const auto job = run(queue.claim({"publish"}, "worker-" + std::to_string(t), 30s)))
                finished += job->attempts == 0 && run(queue.finish(*job, Done{}));
        });
    for (auto& thread : threads)
        thread.join();
    CHECK(finished == 40);
    CHECK(waiting_or_running() == 0);
}

#ifdef VITRINA_FAIL_POINTS

TEST_CASE("fault.J4 queue: killed anywhere between enqueue and done, a committed job eventually is done")
{
    const TestDirectory directory;
    const auto file = directory.path / "jobs.db";
    open_sqlite(file);
    ManualClock clock;
    std::int64_t fence = 0;
    kill_everywhere([&] {
        const auto db = open_sqlite(file);
        JobQueue queue(*db, clock, at_once);
        run(enqueue_committed(queue, {.kind = "publish", .unique_key = "only"}));
        const auto job = run(queue.claim({"publish"}, "killed", 30s));
        if (job)
            run(queue.finish(*job, Done{}));
    }, [&](bool) {
        const auto db = open_sqlite(file);
        JobQueue queue(*db, clock, at_once);
        clock.advance(31s);
        run(enqueue_committed(queue, {.kind = "publish", .unique_key = "only"}));
        const auto job = run(queue.claim({"publish"}, "successor", 30s));
        REQUIRE(job); // the one that was left, or the one just made
        CHECK(job->fence > 0);
        fence = job->fence;
        CHECK(run(queue.finish(*job, Done{})));
        CHECK_FALSE(run(queue.next_due({"publish"})));
    });
    CHECK(fence > 0);
}

#endif

#include "events/event_follower.hpp"

#include "core/event_loops.hpp"
#include "core/sleep.hpp"
#include "events/append_event.hpp"
#include "events/event_log.hpp"
#include "events/event_types.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <atomic>
#include <doctest/doctest.h>
#include <future>
#include <thread>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

const ManualClock clock_;

Task<> write_one(Database& db)
{
    auto transaction = co_await db.begin();
    NewEvent event{.type = event_type::video_updated, .subject = "x", .video = {}, .at = clock_.now()};
    co_await append_event(*transaction, std::move(event));
    co_await transaction->commit();
}

// What another process does: nothing rings here.
Task<> write_unheard(Database& db)
{
    static constexpr Sql add{"INSERT INTO events (position, id, type, subject, video_id, at, data) VALUES "
                             "((SELECT COALESCE(MAX(position), 0) + 1 FROM events), $1, $2, 'x', NULL, $3, '{}')"};
    co_await db.write(add, EventId::make(clock_.now()).text(), std::string(event_type::video_updated),
                      clock_.now().time_since_epoch().count());
}

// Reads on its loop until it was stopped; what it saw.
struct Reading {
    std::unique_ptr<EventReader> reader;
    std::atomic<std::int64_t> seen = 0;
    std::atomic<int> out_of_order = 0, missed = 0;
    std::promise<void> ended;
};

Task<> read_all(std::shared_ptr<Reading> reading)
{
    EventReader& reader = *reading->reader;
    while (!reader.stopped()) {
        const EventReader::News news = co_await reader.next(10s);
        if (news.missed) {
            ++reading->missed;
            reader.move_to(reader.position() + 1);
        }
        for (const auto& event : news.events) {
            reading->out_of_order += event->position != reading->seen + 1;
            reading->seen = event->position;
        }
    }
    reading->reader.reset();
    reading->ended.set_value();
}

struct FollowTest {
    std::unique_ptr<Database> db = open_test_database();
    EventLoops loops{3};
    std::vector<std::shared_ptr<Reading>> readings;
    std::unique_ptr<EventFollower> follower;

    explicit FollowTest(FollowerOptions options = {})
    {
        follower = std::make_unique<EventFollower>(*db, loops.executor(0), options);
        loops.start();
    }
    ~FollowTest()
    {
        stop();
        loops.stop();
        loops.join();
    }
    std::shared_ptr<Reading> read_from(std::int64_t position, std::size_t loop)
    {
        auto reading = std::make_shared<Reading>();
        reading->seen = position;
        reading->reader = follower->follow(loops.executor(loop), position);
        loops.spawn(loop, read_all(reading));
        readings.push_back(reading);
        return reading;
    }
    void stop()
    {
        follower->stop();
        for (const auto& reading : readings)
            reading->ended.get_future().wait();
        readings.clear();
        // A question on its way would come back to a loop that is gone.
        while (follower->is_looking())
            std::this_thread::sleep_for(1ms);
    }
    void write(Task<> task)
    {
        std::promise<void> done;
        const auto tell = [](Task<> work, std::promise<void>& told) -> Task<> {
            co_await std::move(work);
            told.set_value();
        };
        loops.spawn(1, tell(std::move(task), done));
        done.get_future().wait();
    }
};

bool soon(const std::function<bool()>& condition, std::chrono::milliseconds within = 10s)
{
    const auto end = std::chrono::steady_clock::now() + within;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

} // namespace

TEST_CASE("every reader sees every event once, in order, wherever it begins")
{
    FollowTest test({.poll = 1h, .remembered = 16}); // only the bell is heard, and little is remembered
    for (int i = 0; i < 100; ++i)
        test.write(write_one(*test.db));
    const auto all = test.read_from(0, 1);
    const auto some = test.read_from(70, 2);
    const auto fresh = test.read_from(100, 0);
    for (int i = 0; i < 100; ++i)
        test.write(write_one(*test.db));
    const auto late = test.read_from(150, 2);
    for (const auto& reading : {all, some, fresh, late}) {
        CHECK(soon([&] { return reading->seen == 200; }));
        CHECK(reading->out_of_order == 0);
        CHECK(reading->missed == 0);
    }
}

TEST_CASE("what another process committed is found by looking")
{
    FollowTest test({.poll = 20ms});
    const auto reading = test.read_from(0, 1);
    for (int i = 1; i <= 5; ++i) {
        test.write(write_unheard(*test.db));
        CHECK(soon([&] { return reading->seen == i; }));
    }
}

TEST_CASE("a reader whose next events were removed is told so, once")
{
    FollowTest test({.poll = 20ms, .remembered = 2});
    for (int i = 0; i < 10; ++i)
        test.write(write_one(*test.db));
    EventLog log(*test.db);
    CHECK(run(log.forget(clock_.now() + 1s)) == 9);
    auto reading = std::make_shared<Reading>();
    reading->reader = test.follower->follow(test.loops.executor(1), 3);
    const auto ask = [](std::shared_ptr<Reading> one) -> Task<> {
        const EventReader::News news = co_await one->reader->next(10s);
        one->missed += news.missed;
        one->reader->move_to(9);
        const EventReader::News more = co_await one->reader->next(10s);
        one->seen = more.events.front()->position;
        one->reader.reset();
        one->ended.set_value();
    };
    test.loops.spawn(1, ask(reading));
    reading->ended.get_future().wait();
    CHECK(reading->missed == 1);
    CHECK(reading->seen == 10);
}

TEST_CASE("the database is asked only while somebody reads")
{
    FollowTest test({.poll = 1ms});
    if (test.db->dialect() != Dialect::sqlite)
        return; // the test's own PostgreSQL stands behind another object, which does not count
    const auto asked = [&] { return std::uint64_t(test.db->counters().read.times); };
    const auto reading = test.read_from(0, 1);
    const auto before = asked();
    CHECK(soon([&] { return asked() > before + 5; }));
    test.stop();
    CHECK(soon([&] {
        const auto quiet_since = asked();
        std::this_thread::sleep_for(30ms);
        return asked() == quiet_since;
    }));
    CHECK(test.follower->readers() == 0);
    CHECK(test.follower->follow(test.loops.executor(1), 0));
}

TEST_CASE("readers come and go while events are written")
{
    FollowTest test({.poll = 50ms, .remembered = 8});
    std::atomic<bool> over = false;
    std::thread writer([&] {
        while (!over)
            test.write(write_one(*test.db));
    });
    EventLog log(*test.db);
    std::vector<std::shared_ptr<Reading>> all;
    for (int i = 0; i < 40; ++i) {
        all.push_back(test.read_from(run(log.extent()).last, std::size_t(i % 3)));
        std::this_thread::sleep_for(3ms);
    }
    over = true;
    writer.join();
    const std::int64_t last = run(log.extent()).last;
    for (const auto& reading : all) {
        CHECK(soon([&] { return reading->seen == last; }));
        CHECK(reading->out_of_order == 0);
        CHECK(reading->missed == 0);
    }
}

TEST_CASE("a reader may begin on the loop that looks")
{
    FollowTest test;
    const auto begin = [](FollowTest& all, std::promise<void>& done) -> Task<> {
        const auto reader = all.follower->follow(all.loops.executor(0), 0);
        const EventReader::News nothing = co_await reader->next(1ms);
        CHECK(nothing.events.empty());
        done.set_value();
    };
    std::promise<void> done;
    test.loops.spawn(0, begin(test, done));
    done.get_future().wait();
}

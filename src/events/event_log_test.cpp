#include "events/event_log.hpp"

#include "events/append_event.hpp"
#include "events/event_types.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

struct LogTest {
    ManualClock clock;
    std::unique_ptr<Database> db = open_test_database();
    EventLog log{*db};

    Task<> write(int count, std::string video, bool commit)
    {
        auto transaction = co_await db->begin();
        for (int i = 0; i < count; ++i) {
            NewEvent event{.type = event_type::video_updated, .subject = video, .video = video, .at = clock.now()};
            co_await append_event(*transaction, std::move(event));
        }
        if (commit)
            co_await transaction->commit();
    }
    void given(int count, std::string video = "") { run(write(count, std::move(video), true)); }
    void given_up(int count) { run(write(count, "", false)); }

    std::vector<std::int64_t> positions(std::int64_t after = 0, int most = 1000)
    {
        std::vector<std::int64_t> found;
        for (const Event& event : run(log.after(after, most)))
            found.push_back(event.position);
        return found;
    }
};

} // namespace

TEST_CASE("an event is read as it was written")
{
    LogTest test;
    const VideoId video = VideoId::make(test.clock.now());
    NewEvent event{.type = event_type::video_ready,
                   .subject = video.text(),
                   .video = video.text(),
                   .data = R"({"status":"ready"})",
                   .at = test.clock.now()};
    const auto write = [](Database& db, NewEvent one) -> Task<> {
        auto transaction = co_await db.begin();
        co_await append_event(*transaction, std::move(one));
        co_await transaction->commit();
    };
    run(write(*test.db, event));
    const std::vector<Event> events = run(test.log.after(0, 10));
    REQUIRE(events.size() == 1);
    CHECK(events[0].position == 1);
    CHECK(events[0].type == "video.ready");
    CHECK(events[0].subject == video.text());
    CHECK(events[0].video == video);
    CHECK(events[0].at == test.clock.now());
    CHECK(events[0].data == R"({"status":"ready"})");
    CHECK(run(test.log.position_of(events[0].id)) == 1);
    CHECK(run(test.log.position_of(EventId{})) == 0);
    CHECK_FALSE(run(test.log.position_of(EventId::make(test.clock.now()))));

    event.type = "video.eaten";
    CHECK_THROWS_AS(run(write(*test.db, event)), std::logic_error);
    event.type = event_type::video_ready;
    event.data = std::string(5000, ' ');
    CHECK_THROWS_AS(run(write(*test.db, event)), std::logic_error);
}

TEST_CASE("positions have no gaps, also where transactions were given up")
{
    LogTest test;
    CHECK(run(test.log.extent()).last == 0);
    test.given(2);
    test.given_up(3);
    test.given(1);
    CHECK(test.positions() == std::vector<std::int64_t>{1, 2, 3});
    CHECK(test.positions(1, 1) == std::vector<std::int64_t>{2});
    const EventLog::Extent extent = run(test.log.extent());
    CHECK(extent.first == 1);
    CHECK(extent.last == 3);
    CHECK(extent.last_id == run(test.log.after(2, 1)).front().id);
}

TEST_CASE("the history of one video")
{
    LogTest test;
    const VideoId one = VideoId::make(test.clock.now()), other = VideoId::make(test.clock.now());
    test.given(1, one.text());
    test.given(2, other.text());
    test.given(1, one.text());
    const std::vector<Event> events = run(test.log.after(0, 10, one));
    REQUIRE(events.size() == 2);
    CHECK(events[0].position == 1);
    CHECK(events[1].position == 4);
}

TEST_CASE("old events are forgotten in small steps, and the numbers go on")
{
    LogTest test;
    test.given(1200);
    test.clock.advance(1h);
    const Instant later = test.clock.now();
    test.given(2);
    CHECK(run(test.log.forget(later - 1h)) == 0);
    CHECK(run(test.log.forget(later)) == 1200);
    CHECK(test.positions() == std::vector<std::int64_t>{1201, 1202});
    test.clock.advance(1h);
    CHECK(run(test.log.forget(test.clock.now())) == 1);
    CHECK(test.positions() == std::vector<std::int64_t>{1202});
    CHECK(run(test.log.forget(test.clock.now())) == 0);
    CHECK(run(test.log.extent()).first == 1202);
    test.given(1);
    CHECK(test.positions() == std::vector<std::int64_t>{1202, 1203});
}

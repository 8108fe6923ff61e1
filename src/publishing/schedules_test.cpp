#include "publishing/schedules.hpp"

#include "publishing/after_restore.hpp"
#include "publishing/publishing_fixture.hpp"
#include "publishing/stranded.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;
using fake::Mishap;
using State = PublicationState;

namespace {

struct ScheduledWorld : PublishingWorld {
    ScheduledWorld()
    {
        connect("mastodon");
        internet.exchanges = 0;
    }

    Publication schedule(std::chrono::microseconds ahead, const Video& video)
    {
        auto wanted = run(requests.resolve(video, {{{}, "mastodon", "{}"}}));
        wanted.front()->schedule = Schedule{clock.now() + ahead, "Europe/Madrid"};
        return run(publications.request(video.id, {*wanted.front()})).front();
    }
    Publication schedule(std::chrono::microseconds ahead) { return schedule(ahead, given_video()); }

    Result<Publication> move(const Publication& publication, std::optional<Schedule> to)
    {
        return run(schedules.change(publication.id, {.moves = true, .schedule = std::move(to), .options = {}}));
    }
    // Whether a worker finds something that is due.
    bool works()
    {
        const int before = jobs_run;
        while (jobs_run == before && run(queue.next_due({publish_video})).value_or(Instant::max()) <= clock.now())
            step();
        return jobs_run > before;
    }
};

} // namespace

TEST_CASE("what is scheduled is posted when it is time, and not before")
{
    ScheduledWorld world;
    const Publication publication = world.schedule(3h);
    CHECK(publication.progress.state == State::scheduled);
    CHECK(publication.schedule->time_zone == "Europe/Madrid");
    world.clock.advance(3h - 1s);
    CHECK_FALSE(world.works());
    CHECK(world.internet.exchanges == 0);
    world.clock.advance(1s);
    CHECK(world.works());
    CHECK(world.driver.counters().lateness.at("mastodon").seconds() < 1); // counted from when it was due
    world.settle(publication.id);
    CHECK(world.state(publication.id) == State::published);
    CHECK(world.posts("mastodon").size() == 1);
}

TEST_CASE("what waits for its time is not posted a second time by who asks for it at once")
{
    ScheduledWorld world;
    const Video video = world.given_video();
    const Publication publication = world.schedule(3h, video);
    const Publication same = world.publish(video, "mastodon");
    CHECK(same.id == publication.id);
    CHECK(same.progress.state == State::scheduled);
    CHECK(run(world.publications.await_settled({same.id}, 1h)).size() == 1); // there is nothing to wait for
}

TEST_CASE("it can be moved, to earlier, to later and to now, and be cancelled")
{
    ScheduledWorld world;
    const Publication publication = world.schedule(3h);
    const auto later = world.move(publication, Schedule{world.clock.now() + 5h, ""});
    REQUIRE(later);
    CHECK(later->schedule->time_zone == "");
    world.clock.advance(4h);
    CHECK_FALSE(world.works());
    SUBCASE("at once")
    {
        CHECK(world.move(publication, std::nullopt)->progress.state == State::queued);
        CHECK(world.works());
        world.settle(publication.id);
        CHECK(world.posts("mastodon").size() == 1);
        CHECK_FALSE(world.look(publication.id).schedule);
    }
    SUBCASE("cancelled")
    {
        CHECK(run(world.publications.cancel(publication.id)));
        world.settle();
        CHECK(world.posts("mastodon").empty());
        CHECK(world.move(publication, std::nullopt).error().code == "VT-PUB-013");
    }
    SUBCASE("deleted with its video")
    {
        auto transaction = run(world.db->begin());
        run(world.publications.on_video_deleted(*transaction, publication.video));
        run(transaction->commit());
        world.settle();
        CHECK(world.state(publication.id) == State::cancelled);
        CHECK(world.posts("mastodon").empty());
    }
}

TEST_CASE("what it says can be changed while it waits, within the network's limits")
{
    ScheduledWorld world;
    const Publication publication = world.schedule(3h);
    const auto change = [&](std::string options) {
        return run(world.schedules.change(publication.id, {.moves = false, .schedule = {}, .options = options}));
    };
    CHECK(change(R"({"privacy":"nobody"})").error().code == "VT-PUB-008");
    const auto changed = change(R"({"privacy":"unlisted"})");
    REQUIRE(changed);
    CHECK(changed->schedule->at == publication.schedule->at);
    world.settle();
    REQUIRE(world.posts("mastodon").size() == 1);
    CHECK(world.posts("mastodon").front().privacy == "unlisted");
    CHECK(change("{}").error().code == "VT-PUB-013");
}

// P6: whoever changes it meets either a publication that waits, or one on which the work has begun.
TEST_CASE("a change that races the due time is refused, or is what is posted")
{
    ScheduledWorld world;
    const int exchanges = [] {
        ScheduledWorld plain;
        plain.settle(plain.schedule(1h).id);
        return plain.internet.exchanges;
    }();
    for (int k = 1; k <= exchanges; ++k) {
        CAPTURE(k);
        ScheduledWorld racing;
        const Publication publication = racing.schedule(1h);
        racing.internet.plan = [&](int n, const Send&) {
            if (n == k)
                CHECK(racing.move(publication, Schedule{racing.clock.now() + 24h, ""}).error().code == "VT-PUB-013");
            return Mishap::none;
        };
        racing.settle(publication.id);
        CHECK(racing.posts("mastodon").size() == 1);
        CHECK(racing.state(publication.id) == State::published);
    }
}

TEST_CASE("J6: a clock that jumps an hour either way posts it once")
{
    for (const auto jump : {-1h, 1h}) {
        ScheduledWorld world;
        const Publication publication = world.schedule(90min);
        world.clock.advance(89min);
        world.clock.advance(jump);
        for (int i = 0; i < 3; ++i)
            world.works();
        world.clock.advance(-jump);
        world.settle(publication.id);
        world.clock.advance(jump);
        world.settle();
        CHECK(world.state(publication.id) == State::published);
        CHECK(world.posts("mastodon").size() == 1);
    }
}

TEST_CASE("a worker that took it up before it was moved can write nothing any more")
{
    ScheduledWorld world;
    const Publication publication = world.schedule(1h);
    world.clock.advance(1h);
    std::optional<Job> job = run(world.queue.claim({publish_video}, "worker", 60s));
    REQUIRE(job);
    REQUIRE(world.move(publication, Schedule{world.clock.now() + 24h, ""}));
    const auto result = run(world.driver.publish(*job));
    static_cast<void>(result);
    CHECK(world.internet.exchanges == 0);
    CHECK(world.state(publication.id) == State::scheduled);
    world.settle(publication.id);
    CHECK(world.posts("mastodon").size() == 1);
}

TEST_CASE("hours late it is posted all the same; a day late a person is asked, and nothing is dropped silently")
{
    ScheduledWorld world;
    const Publication publication = world.schedule(1h);
    SUBCASE("hours")
    {
        world.clock.advance(11h);
        world.settle(publication.id);
        CHECK(world.state(publication.id) == State::published);
    }
    SUBCASE("three days")
    {
        world.clock.advance(72h);
        world.settle(publication.id);
        const Publication missed = world.look(publication.id);
        CHECK(missed.progress.state == State::failed);
        CHECK(missed.reason_code == "missed");
        CHECK(world.posts("mastodon").empty());
        CHECK(run(world.publications.retry(publication.id)));
        world.settle(publication.id);
        CHECK(world.state(publication.id) == State::published);
    }
    CHECK(world.posts("mastodon").size() == 1);
}

TEST_CASE("a scheduled publication without a job is found, and goes on waiting for its time")
{
    ScheduledWorld world;
    const Publication publication = world.schedule(3h);
    auto transaction = run(world.db->begin());
    run(world.queue.cancel(*transaction, publish_key(publication.id.text())));
    run(transaction->commit());
    CHECK(run(stranded_publications(*world.db, "", 10)) == std::vector<PublicationId>{publication.id});
    const auto retried = run(world.publications.retry(publication.id));
    REQUIRE(retried);
    CHECK(retried->progress.state == State::scheduled);
    CHECK_FALSE(world.works());
    world.settle(publication.id);
    CHECK(world.posts("mastodon").size() == 1);
}

TEST_CASE("after a restore: what is still to come stays scheduled, what was due may have been posted")
{
    ScheduledWorld world;
    const Publication due = world.schedule(1h), later = world.schedule(3h);
    world.clock.advance(2h);
    CHECK(run(settle_restored_publications(*world.db, world.clock)) == 1);
    CHECK(world.state(due.id) == State::outcome_unknown);
    CHECK(world.state(later.id) == State::scheduled);
    world.settle(later.id);
    CHECK(world.posts("mastodon").size() == 1);
}

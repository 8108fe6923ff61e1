#include "publishing/pacing.hpp"

#include "publishing/publishing_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;
using State = PublicationState;

namespace {

struct PacedWorld : PublishingWorld {
    PacedWorld() : account(connect("mastodon").id) {}

    Publication schedule(std::chrono::microseconds ahead)
    {
        const Video video = given_video();
        auto wanted = run(requests.resolve(video, {{{}, "mastodon", "{}"}}));
        wanted.front()->schedule = Schedule{clock.now() + ahead, ""};
        return run(publications.request(video.id, {*wanted.front()})).front();
    }
    // When each of them was posted, from the first on.
    std::vector<std::chrono::seconds> gaps(const std::vector<Publication>& publications)
    {
        std::vector<Instant> at;
        for (const Publication& one : publications) {
            const Publication end = look(one.id);
            REQUIRE(end.progress.state == State::published);
            at.push_back(*end.published_at);
        }
        std::ranges::sort(at);
        std::vector<std::chrono::seconds> gaps;
        for (std::size_t i = 1; i < at.size(); ++i)
            gaps.push_back(std::chrono::floor<std::chrono::seconds>(at[i] - at[i - 1]));
        return gaps;
    }

    AccountId account;
};

} // namespace

TEST_CASE(
    "P7: what is overdue after a downtime begins one after the other, and what is a day late is said to be missed")
{
    PacedWorld world;
    std::vector<Publication> overdue;
    for (int i = 0; i < 5; ++i)
        overdue.push_back(world.schedule(60h + i * 1min));
    const Publication long_ago = world.schedule(1h), at_once = world.publish(world.given_video(), "mastodon");
    world.clock.advance(72h);
    world.settle();
    CHECK(world.look(long_ago.id).reason_code == "missed");
    overdue.push_back(at_once); // nobody named a time for it: it is never missed
    for (const std::chrono::seconds gap : world.gaps(overdue))
        CHECK(gap >= 59s); // their processing differs by moments
    CHECK(world.posts("mastodon").size() == 6);
}

TEST_CASE("nothing waits for a turn where nobody asked for it and nothing is late")
{
    PacedWorld world;
    std::vector<Publication> all{world.schedule(1h), world.schedule(1h), world.schedule(1h)};
    world.settle();
    for (const std::chrono::seconds gap : world.gaps(all))
        CHECK(gap < 30s);
}

TEST_CASE("an account's spacing and its posts of a day")
{
    PacedWorld world;
    SUBCASE("spacing")
    {
        run(world.pacing.set(world.account, {.spacing = 600s}));
        std::vector<Publication> all{world.schedule(1h), world.schedule(1h), world.schedule(1h)};
        world.settle();
        for (const std::chrono::seconds gap : world.gaps(all))
            CHECK(gap >= 595s);
    }
    SUBCASE("posts in 24 hours")
    {
        run(world.pacing.set(world.account, {.posts_per_day = 2}));
        std::vector<Publication> all;
        for (int i = 0; i < 5; ++i)
            all.push_back(world.schedule(1h));
        world.settle();
        const auto gaps = world.gaps(all);
        CHECK(gaps[0] + gaps[1] >= 24h - 1min);
        CHECK(gaps[1] + gaps[2] >= 24h - 1min);
        CHECK(gaps[2] + gaps[3] >= 24h - 1min);
    }
    SUBCASE("others go on")
    {
        run(world.pacing.set(world.account, {.posts_per_day = 1}));
        world.connect("youtube");
        const Publication one = world.schedule(1h), two = world.schedule(1h);
        world.clock.advance(1h);
        const Publication other = world.publish(world.given_video(), "youtube");
        world.settle(other.id);
        while (world.posts("mastodon").empty())
            world.step();
        const Publication waits = world.look(world.state(one.id) == State::scheduled ? one.id : two.id);
        CHECK(waits.progress.state == State::scheduled);
        CHECK(waits.waiting_until > world.clock.now() + 23h);
        CHECK(waits.reason == "it waits for its turn on this account");
    }
}

TEST_CASE("what waits for its turn can still be cancelled and moved, and gives it back")
{
    PacedWorld world;
    run(world.pacing.set(world.account, {.posts_per_day = 1}));
    std::vector<Publication> waiting{world.schedule(1h), world.schedule(1h), world.schedule(1h)};
    world.clock.advance(1h);
    const Instant posted = world.clock.now();
    // All three are due: each is taken up once, whichever comes first.
    for (int i = 0; i < 3; ++i)
        world.step();
    std::erase_if(waiting, [&](const Publication& one) {
        const auto until = world.look(one.id).waiting_until;
        return !until || *until < posted + 23h;
    });
    REQUIRE(waiting.size() == 2);
    CHECK(run(world.publications.cancel(waiting[0].id)));
    const auto moved = run(
        world.schedules.change(waiting[1].id, {.moves = true, .schedule = Schedule{posted + 30h, ""}, .options = {}}));
    REQUIRE(moved);
    world.settle(waiting[1].id);
    CHECK(world.state(waiting[1].id) == State::published);
    CHECK(*world.look(waiting[1].id).published_at < posted + 31h);
    CHECK(world.posts("mastodon").size() == 2);
}

TEST_CASE("while an account, or all, is paused nothing begins, and then it goes on")
{
    PacedWorld world;
    bool all = false;
    SUBCASE("an account")
    {
        run(world.pacing.set(world.account, {.paused = true}));
    }
    SUBCASE("all")
    {
        all = true;
        run(world.pacing.pause_all(true));
    }
    const Publication due = world.schedule(1h), at_once = world.publish(world.given_video(), "mastodon");
    world.internet.exchanges = 0;
    world.clock.advance(2h);
    for (int i = 0; i < 20; ++i)
        world.step();
    CHECK(world.internet.exchanges == 0);
    CHECK(world.look(due.id).reason_code == "paused");
    CHECK(world.state(at_once.id) == State::queued);
    if (all)
        run(world.pacing.pause_all(false));
    else
        run(world.pacing.set(world.account, {}));
    world.settle();
    CHECK(world.posts("mastodon").size() == 2);
    CHECK(world.look(due.id).reason_code == "");
}

TEST_CASE("what was blocked while its time passed is judged by its time when the account is connected again")
{
    PacedWorld world;
    const Publication old = world.schedule(1h), recent = world.schedule(72h),
                      at_once = world.publish(world.given_video(), "mastodon");
    run(world.accounts.disconnect(world.account, 1, "revoked"));
    world.clock.advance(75h);
    for (int i = 0; i < 20; ++i)
        world.step();
    CHECK(world.state(old.id) == State::failed); // its time was missed already
    CHECK(world.state(recent.id) == State::needs_reauth);
    CHECK(world.state(at_once.id) == State::needs_reauth);
    SUBCASE("soon")
    {
        world.connect("mastodon");
        CHECK(world.state(recent.id) == State::scheduled);
        world.settle();
        CHECK(world.state(recent.id) == State::published);
        CHECK(world.state(at_once.id) == State::published);
    }
    SUBCASE("weeks later")
    {
        world.clock.advance(500h);
        world.connect("mastodon");
        world.settle();
        CHECK(world.look(recent.id).reason_code == "missed");
        CHECK(world.state(at_once.id) == State::published);
    }
}

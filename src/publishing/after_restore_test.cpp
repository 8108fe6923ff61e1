#include "publishing/after_restore.hpp"

#include "publishing/publishing_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("after a restore: what was under way is posted by nobody before a person says so")
{
    for (const char* platform : {"youtube", "mastodon"}) {
        PublishingWorld world;
        world.connect(platform);
        const Video video = world.given_video();
        const Publication publication = world.publish(video, platform);
        CHECK(run(settle_restored_publications(*world.db, world.clock)) == 1);
        CHECK(run(settle_restored_publications(*world.db, world.clock)) == 0); // again is no harm
        const Publication settled = world.look(publication.id);
        CHECK(settled.progress.state == PublicationState::outcome_unknown);
        CHECK(settled.progress.has_open_attempt());
        CHECK(settled.reason_code == restored_reason);
        CHECK_FALSE(world.step()); // its job was withdrawn
        CHECK(world.publish(video, platform).id == publication.id);

        const auto refused = run(world.publications.retry(publication.id));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == "VT-PUB-010");
        CHECK(world.posts(platform).empty());
        CHECK(run(world.publications.retry(publication.id, Insist::even_if_posted_twice)));
        world.settle();
        CHECK(world.state(publication.id) == PublicationState::published);
        CHECK(world.posts(platform).size() == 1);
    }
}

TEST_CASE("after a restore: what is over stays as it was")
{
    PublishingWorld world;
    world.connect("mastodon");
    const Publication publication = world.publish(world.given_video(), "mastodon");
    world.settle();
    CHECK(world.state(publication.id) == PublicationState::published);
    CHECK(run(settle_restored_publications(*world.db, world.clock)) == 0);
    CHECK(world.state(publication.id) == PublicationState::published);
}

TEST_CASE("after a restore: new words that were on their way are not brought over")
{
    PublishingWorld world;
    world.connect("mastodon");
    const Publication publication = world.publish(world.given_video(), "mastodon");
    world.settle();
    REQUIRE(run(world.edits.request(publication.id, {{"text", "Dogs"}})));
    const int exchanges = world.internet.exchanges;
    CHECK(run(settle_restored_publications(*world.db, world.clock)) == 0);
    CHECK_FALSE(world.step());
    CHECK(world.internet.exchanges == exchanges);
    CHECK(world.look(publication.id).edit->status == "failed");
    CHECK(world.look(publication.id).edit->code == restored_reason);
}

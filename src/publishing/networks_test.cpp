#include "publishing/networks.hpp"

#include "publishing/publishing_fixture.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;
using State = PublicationState;

namespace {

// The same data under a process that talks to the others.
struct OtherProcess {
    OtherProcess(PublishingWorld& world, Networks networks)
        : accounts(*world.db, world.vault, world.platforms, world.internet, world.clock, networks),
          connections(*world.db, accounts, world.publications, world.queue, world.platforms, world.internet,
                      world.clock),
          requests(accounts, world.publications, world.platforms),
          driver(*world.db, *world.store, world.queue, world.clock, world.videos, accounts, world.platforms,
                 world.vault, world.internet),
          queue(world.queue)
    {
    }

    // What became of the one job that is due.
    std::optional<JobResult> work()
    {
        const auto job = run(queue.claim({publish_video, remove_publication, publish_thumbnail}, "other", 60s));
        if (!job)
            return std::nullopt;
        const JobResult result = job->kind == publish_video        ? run(driver.publish(*job))
                                 : job->kind == remove_publication ? run(driver.remove(*job))
                                                                   : run(driver.set_thumbnail(*job));
        CHECK(run(queue.finish(*job, result)));
        return result;
    }

    Accounts accounts;
    Connections connections;
    PublishRequests requests;
    PublishDriver driver;
    JobQueue& queue;
};

} // namespace

TEST_CASE("an account and a post of the sandbox mean nothing to a server of the real networks")
{
    PublishingWorld world(Networks::sandbox);
    const Account account = world.connect("youtube");
    CHECK(account.sandbox);
    const Video video = world.given_video();
    const Publication walk = world.publish(video, "youtube");
    CHECK(walk.sandbox);
    world.settle();
    REQUIRE(world.state(walk.id) == State::published);

    OtherProcess real(world, Networks::real);
    const int exchanges = world.internet.exchanges;
    const auto by_platform = run(real.requests.to_platforms(video, {"youtube"}));
    REQUIRE_FALSE(by_platform);
    CHECK(by_platform.error().code == "VT-PUB-007");
    CHECK(by_platform.error().message.find("No YouTube account is connected") == 0);
    const auto by_account = run(real.requests.to_account(video, account.id));
    REQUIRE_FALSE(by_account);
    CHECK(by_account.error().message.find("sandbox") != std::string::npos);
    CHECK(world.internet.exchanges == exchanges);

    // The same identity over there is another account, with tokens of its own, and another post.
    const auto connected = run(real.connections.connect(world.new_account("youtube")));
    REQUIRE(connected);
    CHECK_FALSE(connected->sandbox);
    CHECK(connected->id != account.id);
    const auto published = run(real.requests.to_platforms(video, {"youtube"}));
    REQUIRE(published);
    CHECK(published->front().id != walk.id);
    CHECK_FALSE(published->front().sandbox);
    CHECK(run(world.requests.to_platforms(video, {"youtube"}))->front().id == walk.id);

    CHECK(run(world.connections.disconnect(account.id)));
    CHECK(world.look(walk.id).sandbox);
}

TEST_CASE("what began on the other networks waits for a server that talks to them, and nothing is sent")
{
    for (const Networks own : {Networks::sandbox, Networks::real}) {
        PublishingWorld world(own);
        const Account account = world.connect("youtube");
        const Publication publication = world.publish(world.given_video(), "youtube");
        OtherProcess other(world, own == Networks::real ? Networks::sandbox : Networks::real);
        const int exchanges = world.internet.exchanges;
        const auto check_waits = [&] {
            const auto result = other.work();
            REQUIRE(result);
            CHECK(std::get<Snooze>(*result).delay == look_at_other_networks_after);
            world.clock.advance(look_at_other_networks_after);
        };

        for (int i = 0; i < 500; ++i) // longer than anybody's patience with a network
            check_waits();
        const Publication waiting = world.look(publication.id);
        CHECK(waiting.progress.state == State::queued);
        CHECK(waiting.reason_code == of_other_networks);
        CHECK(waiting.reason.find("sandbox") != std::string::npos);
        CHECK(waiting.waiting_until);

        // A token that ends meanwhile is not renewed over there, and the account stays connected.
        world.clock.advance(2h);
        CHECK(std::holds_alternative<Accounts::Later>(run(other.accounts.access(account.id))));
        CHECK(run(world.accounts.find(account.id))->status == Account::Status::connected);
        CHECK(world.internet.exchanges == exchanges);

        // Neither is its picture set, nor the post taken back.
        while (world.state(publication.id) != State::published)
            REQUIRE(world.step());
        CHECK(world.look(publication.id).reason.empty());
        const int then = world.internet.exchanges;
        for (int i = 0; i < 20; ++i)
            check_waits();
        CHECK(run(world.publications.remove(publication.id)));
        int waiting_still = 0; // of a post that is to go, nobody sets the picture any more
        for (int i = 0; i < 2; ++i) {
            const auto result = other.work();
            REQUIRE(result);
            waiting_still += std::holds_alternative<Snooze>(*result);
        }
        CHECK(waiting_still == 1);
        CHECK(world.internet.exchanges == then);
        world.settle();
        CHECK(world.state(publication.id) == State::deleted);
        CHECK(world.internet.youtube.posts.size() == 1);
    }
}

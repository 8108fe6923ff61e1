#include "core/fail_point.hpp"
#include "publishing/post_looks.hpp"
#include "simulation/simulated_world.hpp"

#include <doctest/doctest.h>

// Looks at published posts, with what the strict networks of the sandbox say of them.

using namespace vitrina;
using namespace vitrina::simulation;
using namespace std::chrono_literals;
using fake::Mishap;
using State = PublicationState;

namespace {

bool is_looked_at(const SimulatedNetwork& network)
{
    // What a person has posted on LinkedIn can be read by nobody but them.
    return network.make()->rules().post.looked_at && network.name != "linkedin member";
}

std::vector<SimulatedNetwork> looked_at()
{
    return networks_where(is_looked_at);
}

// One published video, and from then on nothing but looks.
struct PublishedWorld : SimulatedWorld {
    explicit PublishedWorld(const SimulatedNetwork& network) : SimulatedWorld(network)
    {
        connect_account();
        publication = publish_one();
        settle(publication.id);
        REQUIRE(state(publication.id) == State::published);
        kinds = {look_at_posts};
        internet.exchanges = 0;
    }

    void pass(std::chrono::microseconds span)
    {
        const Instant end = clock.now() + span;
        while (clock.now() < end) {
            try {
                if (!step())
                    clock.advance(end - clock.now());
            } catch (const fake::Killed&) {
                clock.advance(61s); // another process takes over
            }
        }
    }
    void remove_over_there()
    {
        for (const sandbox::Post& post : posts())
            networks.ledger.mark_deleted(post, clock.now());
    }
    Publication now() { return look(publication.id); }
    std::int64_t told_gone()
    {
        static constexpr Sql count{"SELECT COUNT(*) FROM events WHERE type = 'publication.gone'"};
        return run(db->read(count)).front().integer(0);
    }
    bool in_history(std::string_view words)
    {
        const auto notes = run(publications.notes(publication.id));
        return std::ranges::any_of(notes, [words](const PublicationNote& note) { return note.step == words; });
    }

    Publication publication;
};

void check_gone(PublishedWorld& world)
{
    const Publication gone = world.now();
    CHECK(gone.progress.state == State::deleted);
    CHECK(gone.reason_code == "gone");
    CHECK(world.told_gone() == 1);
    CHECK(world.in_history("the post was removed over there"));
    CHECK_FALSE(run(world.videos.find(gone.video))->is_published());
}

} // namespace

TEST_CASE("what is there is seen after an hour, a day, and then once a week")
{
    for (const SimulatedNetwork& network : looked_at()) {
        CAPTURE(network.name);
        PublishedWorld world(network);
        int looks = 0;
        world.internet.plan = [&looks](int, const Send& send) {
            looks += send.what.starts_with("look for");
            return Mishap::none;
        };
        world.pass(50min);
        CHECK(looks == 0);
        world.pass(40min);
        CHECK(world.now().seen_at);
        CHECK(looks == 1);
        const auto notes = run(world.publications.notes(world.publication.id)).size();
        world.pass(60 * 24h);
        CHECK(looks >= 8);
        CHECK(looks <= 12);
        CHECK(world.now().progress.state == State::published);
        CHECK(run(world.publications.notes(world.publication.id)).size() == notes); // nothing to tell
    }
}

TEST_CASE("what is gone twice in a row is over, and can be published anew")
{
    for (const SimulatedNetwork& network : looked_at()) {
        CAPTURE(network.name);
        PublishedWorld world(network);
        world.remove_over_there();
        world.pass(75min);
        CHECK(world.now().progress.state == State::published);
        CHECK(world.now().missing_since);
        world.pass(30min);
        check_gone(world);
        world.pass(10 * 24h);
        CHECK(world.told_gone() == 1);

        const Video video = *run(world.videos.find(world.publication.video));
        const Publication anew = world.publish(video, network.platform, network.options);
        CHECK(anew.id != world.publication.id);
        world.kinds = {publish_video};
        world.settle(anew.id);
        CHECK(world.state(anew.id) == State::published);
        CHECK(world.posts().size() == 2);
        CHECK(run(world.videos.find(video.id))->is_published());
    }
}

TEST_CASE("what is missing once and then there again is there")
{
    for (const SimulatedNetwork& network : looked_at()) {
        CAPTURE(network.name);
        PublishedWorld world(network);
        world.networks.database.run("UPDATE posts SET deleted = ?", world.clock.now());
        world.pass(75min);
        CHECK(world.now().missing_since);
        world.networks.database.run("UPDATE posts SET deleted = NULL");
        world.pass(30min);
        CHECK_FALSE(world.now().missing_since);
        CHECK(world.in_history("the post is there again"));
        CHECK(world.now().progress.state == State::published);
    }
}

TEST_CASE("whatever comes instead of an answer is no word about the post")
{
    for (const SimulatedNetwork& network : looked_at()) {
        for (const Mishap mishap : {Mishap::not_sent, Mishap::drop_before, Mishap::drop_after, Mishap::error_500,
                                    Mishap::refused_500, Mishap::html_502, Mishap::rate_429, Mishap::blocked_403,
                                    Mishap::nonsense_200, Mishap::kill_before, Mishap::kill_after}) {
            CAPTURE(network.name);
            CAPTURE(int(mishap));
            PublishedWorld world(network);
            bool is_removed = false;
            world.internet.plan = [&](int, const Send&) { return mishap; };
            world.pass(3h);
            CHECK(world.now().progress.state == State::published);
            // Nor is it, when only the question about the token is answered so.
            world.remove_over_there();
            is_removed = true;
            world.internet.plan = [&](int, const Send& send) {
                return is_removed && send.what.starts_with("look for") ? Mishap::none : mishap;
            };
            world.pass(3h);
            CHECK(world.now().progress.state == State::published);
            CHECK_FALSE(world.now().missing_since);
            world.internet.plan = nullptr;
            run(plan_looks(*world.db, world.queue)); // one that every worker died of is planned anew
            world.pass(5 * 24h);
            // Where each refresh token is good once, a lost answer may have cost the account its tokens.
            if (run(world.accounts.list()).front().status == Account::Status::connected)
                check_gone(world);
            else
                CHECK(network.platform == "peertube");
        }
    }
}

TEST_CASE("a dead token does not make a post gone, nor do posts that are removed while it is dead")
{
    for (const SimulatedNetwork& network : looked_at()) {
        CAPTURE(network.name);
        PublishedWorld world(network);
        world.networks.database.run("DELETE FROM tokens");
        world.remove_over_there();
        world.pass(3 * 24h);
        CHECK(world.now().progress.state == State::published);
        CHECK(world.told_gone() == 0);
        const int asked = world.internet.exchanges;
        CHECK(asked < 300);
    }
}

TEST_CASE("a post that moved is followed, and the history says so")
{
    for (const SimulatedNetwork& network : looked_at()) {
        if (network.platform != "mastodon" && network.platform != "vimeo")
            continue; // the others have one address for ever
        CAPTURE(network.name);
        PublishedWorld world(network);
        const std::string moved = world.now().url + "-elsewhere";
        world.networks.database.run("UPDATE posts SET url = ?, privacy = 'unlisted'", moved);
        world.pass(2h);
        CHECK(world.now().url == moved);
        CHECK(world.now().progress.state == State::published);
        CHECK(world.in_history("the post has another address"));
        CHECK(world.in_history("the post is shown to others than before"));
    }
}

TEST_CASE("networks that are paid for each look, or let nobody look, are not asked")
{
    for (const SimulatedNetwork& network : simulated_networks()) {
        if (is_looked_at(network))
            continue;
        CAPTURE(network.name);
        PublishedWorld world(network);
        world.pass(24h);
        CHECK(world.internet.exchanges == 0);
    }
}

TEST_CASE("what is taken back from here is not said to be gone")
{
    for (const SimulatedNetwork& network : looked_at()) {
        CAPTURE(network.name);
        PublishedWorld world(network);
        world.remove_over_there();
        world.pass(75min);
        CHECK(run(world.publications.remove(world.publication.id)));
        world.pass(3h);
        CHECK(world.told_gone() == 0);
        world.kinds = {remove_publication};
        while (world.step() && world.now().progress.state != State::deleted) {}
        CHECK(world.now().progress.state == State::deleted);
        CHECK(world.now().reason_code.empty());
    }
}

#ifdef VITRINA_FAIL_POINTS
TEST_CASE("a process that dies between an answer and its record tells nothing twice")
{
    for (const SimulatedNetwork& network : looked_at()) {
        for (int k = 0; k < 3; ++k) {
            CAPTURE(network.name);
            CAPTURE(k);
            PublishedWorld world(network);
            world.remove_over_there();
            configure_fail_points("look.answered=" + (k == 0 ? "" : std::to_string(k) + "*off->") + "1*return->off");
            world.pass(6h);
            configure_fail_points("");
            check_gone(world);
        }
    }
}
#endif

TEST_CASE(
    "the posts of an account are looked at one after the other, and those that came before looks were planned too")
{
    for (const SimulatedNetwork& network : looked_at()) {
        if (network.platform != "mastodon" && network.platform != "peertube")
            continue;
        CAPTURE(network.name);
        PublishedWorld world(network);
        world.kinds = {publish_video};
        std::vector<PublicationId> more;
        for (int i = 0; i < 4; ++i) {
            more.push_back(world.publish_one("Cats " + std::to_string(i)).id);
            world.settle(more.back());
        }
        static constexpr Sql forget{"DELETE FROM jobs WHERE kind = 'look_at_posts'"};
        auto transaction = run(world.db->begin());
        run(transaction->run(forget));
        run(transaction->commit());
        run(plan_looks(*world.db, world.queue));
        run(plan_looks(*world.db, world.queue)); // once is enough
        world.kinds = {look_at_posts};
        std::vector<Instant> asked;
        world.internet.plan = [&](int, const Send&) {
            asked.push_back(world.clock.now());
            return Mishap::none;
        };
        world.pass(2h);
        REQUIRE(asked.size() == 5);
        for (std::size_t i = 1; i < asked.size(); ++i)
            CHECK(asked[i] - asked[i - 1] >= 30s);
    }
}

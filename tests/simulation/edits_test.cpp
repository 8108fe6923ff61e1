#include "core/fail_point.hpp"
#include "publishing/post_edits.hpp"
#include "publishing/post_looks.hpp"
#include "simulation/simulated_world.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

// New words for published posts, with the strict networks of the sandbox.

using namespace vitrina;
using namespace vitrina::simulation;
using namespace std::chrono_literals;
using fake::Mishap;
using State = PublicationState;

namespace {

bool is_editable(const SimulatedNetwork& network)
{
    return !network.make()->rules().post.editable.empty();
}

std::vector<SimulatedNetwork> editable()
{
    return networks_where(is_editable);
}

struct EditedWorld : SimulatedWorld {
    explicit EditedWorld(const SimulatedNetwork& network) : SimulatedWorld(network)
    {
        connect_account();
        publication = publish_one();
        settle(publication.id);
        settle_all(); // its picture
        REQUIRE(state(publication.id) == State::published);
        internet.exchanges = 0;
    }

    Result<Publication> ask(std::string_view options)
    {
        boost::json::object wanted = boost::json::parse({options.data(), options.size()}).as_object();
        return run(edits.request(publication.id, std::move(wanted)));
    }
    // What the network shows of the post: all its words.
    std::string shown()
    {
        const std::vector<sandbox::Post> all = posts();
        REQUIRE(all.size() == 1);
        return all.front().title + "\n" + all.front().text;
    }
    bool shows(std::string_view words) { return shown().find(words) != std::string::npos; }
    std::string edit_status() { return look(publication.id).edit->status; }
    std::int64_t told(const std::string& type)
    {
        static constexpr Sql count{"SELECT COUNT(*) FROM events WHERE type = $1"};
        return run(db->read(count, type)).front().integer(0);
    }

    Publication publication;
};

} // namespace

TEST_CASE("a published post is given new words, and keeps those that are not named")
{
    for (const SimulatedNetwork& network : editable()) {
        CAPTURE(network.name);
        EditedWorld world(network);
        REQUIRE(world.shows("Two of them"));
        const auto asked = world.ask(R"({"title":"Dogs"})");
        REQUIRE(asked);
        CHECK(asked->edit->status == "pending");
        world.settle_all();
        CHECK(world.edit_status() == "done");
        CHECK(world.shows("Dogs"));
        CHECK(world.shows("Cats") == (network.platform == "linkedin")); // its video keeps a title of its own
        CHECK(world.shows("Two of them"));
        CHECK(world.told("publication.updated") == 1);
        const auto options = boost::json::parse(world.look(world.publication.id).options).as_object();
        CHECK(options.at("title") == "Dogs");

        // Another one stands upon it.
        REQUIRE(world.ask(R"({"description":"Three of them","tags":["three","paws"]})"));
        world.settle_all();
        CHECK(world.edit_status() == "done");
        CHECK(world.shows("Dogs"));
        CHECK(world.shows("Three of them"));
        CHECK_FALSE(world.shows("Two of them"));
    }
}

TEST_CASE("the same words twice, and what the network lost on its way, do no harm")
{
    for (const SimulatedNetwork& network : editable()) {
        for (const Mishap mishap :
             {Mishap::drop_before, Mishap::drop_after, Mishap::not_sent, Mishap::error_500, Mishap::refused_500,
              Mishap::html_502, Mishap::rate_429, Mishap::kill_before, Mishap::kill_after}) {
            for (int k = 1; k <= 3; ++k) {
                CAPTURE(network.name);
                CAPTURE(int(mishap));
                CAPTURE(k);
                EditedWorld world(network);
                world.internet.plan = [k, mishap](int n, const Send&) { return n == k ? mishap : Mishap::none; };
                REQUIRE(world.ask(R"({"title":"Dogs","description":"Three of them"})"));
                world.settle_all();
                CHECK(world.edit_status() == "done");
                CHECK(world.shows("Dogs"));
                CHECK(world.shows("Three of them"));
                const std::string before = world.shown();
                REQUIRE(world.ask(R"({"title":"Dogs"})"));
                world.settle_all();
                CHECK(world.edit_status() == "done");
                CHECK(world.shown() == before);
                CHECK(world.posts().size() == 1);
            }
        }
    }
}

TEST_CASE("words that are asked for while others are on their way win")
{
    for (const SimulatedNetwork& network : editable()) {
        CAPTURE(network.name);
        EditedWorld world(network);
        bool is_asked = false;
        world.internet.plan = [&](int, const Send& send) {
            if (send.method != "GET" && !std::exchange(is_asked, true))
                REQUIRE(world.ask(R"({"title":"Birds"})"));
            return Mishap::none;
        };
        REQUIRE(world.ask(R"({"title":"Dogs","description":"Three of them"})"));
        world.settle_all();
        CHECK(is_asked);
        CHECK(world.edit_status() == "done");
        CHECK(world.shows("Birds"));
        CHECK(world.shows("Three of them"));
    }
}

TEST_CASE("a null stands for what the video says now")
{
    for (const SimulatedNetwork& network : editable()) {
        CAPTURE(network.name);
        EditedWorld world(network);
        REQUIRE(world.ask(R"({"title":"Dogs"})"));
        world.settle_all();
        CHECK(world.shows("Dogs"));
        REQUIRE(world.ask(R"({"title":null})"));
        world.settle_all();
        CHECK(world.shows("Cats"));
        CHECK_FALSE(world.shows("Dogs"));
    }
}

TEST_CASE("what cannot be changed is said at once")
{
    for (const SimulatedNetwork& network : simulated_networks()) {
        CAPTURE(network.name);
        EditedWorld world(network);
        const auto asked = world.ask(R"({"privacy":"direct"})");
        REQUIRE_FALSE(asked);
        CHECK(asked.error().code == (is_editable(network) ? "VT-PUB-015" : "VT-PUB-014"));
        if (is_editable(network)) {
            // As it is already: nothing to do. Beside new words it is in nobody's way.
            if (network.make()->rules().options.front().name == "privacy")
                CHECK(world.ask(R"({"privacy":"public"})"));
            CHECK_FALSE(world.look(world.publication.id).edit);
            const auto too_long = world.ask(R"({"title":")" + std::string(100'000, 'x') + R"(","description":")" +
                                            std::string(100'000, 'x') + R"("})");
            CHECK((too_long || too_long.error().code == "VT-PUB-008"));
        }
        CHECK(world.internet.exchanges == 0);
    }
}

TEST_CASE("what is not published, or on its way back, has no words to change")
{
    for (const SimulatedNetwork& network : editable()) {
        CAPTURE(network.name);
        EditedWorld world(network);
        CHECK(run(world.publications.remove(world.publication.id)));
        CHECK(world.ask(R"({"title":"Dogs"})").error().code == "VT-PUB-013");
        world.settle_all();
        CHECK(world.ask(R"({"title":"Dogs"})").error().code == "VT-PUB-013");
    }
}

TEST_CASE("words for a post that somebody removed over there are said to be impossible, and its absence is noticed")
{
    for (const SimulatedNetwork& network : editable()) {
        if (network.platform == "linkedin")
            continue; // where its own posts cannot be read
        CAPTURE(network.name);
        EditedWorld world(network);
        for (const sandbox::Post& post : world.posts())
            world.networks.ledger.mark_deleted(post, world.clock.now());
        REQUIRE(world.ask(R"({"title":"Dogs"})"));
        world.settle_all();
        CHECK(world.edit_status() == "failed");
        CHECK_FALSE(world.look(world.publication.id).edit->code.empty());
        CHECK(world.told("publication.update_failed") == 1);
        world.kinds = {look_at_posts};
        for (int i = 0; i < 40 && world.state(world.publication.id) != State::deleted; ++i)
            world.step();
        CHECK(world.state(world.publication.id) == State::deleted);
    }
}

TEST_CASE("a dead token makes new words wait, not fail")
{
    for (const SimulatedNetwork& network : editable()) {
        CAPTURE(network.name);
        EditedWorld world(network);
        world.networks.database.run("DELETE FROM tokens");
        REQUIRE(world.ask(R"({"title":"Dogs"})"));
        for (int i = 0; i < 10; ++i)
            world.step();
        CHECK(world.edit_status() == "pending");
        CHECK_FALSE(world.look(world.publication.id).edit->reason.empty());
        world.connect_account();
        world.settle_all();
        CHECK(world.edit_status() == "done");
        CHECK(world.shows("Dogs"));
    }
}

#ifdef VITRINA_FAIL_POINTS
TEST_CASE("a process that dies after the network has the words brings them over once more")
{
    for (const SimulatedNetwork& network : editable()) {
        CAPTURE(network.name);
        EditedWorld world(network);
        configure_fail_points("edit.answered=1*return->off");
        REQUIRE(world.ask(R"({"title":"Dogs"})"));
        world.settle_all();
        configure_fail_points("");
        CHECK(world.edit_status() == "done");
        CHECK(world.shows("Dogs"));
        CHECK(world.told("publication.updated") == 1);
    }
}
#endif

#include "publishing/publishing_fixture.hpp"

#include "core/fail_point.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;
using fake::Mishap;
using State = PublicationState;

namespace {

const std::vector<std::string> networks{"youtube", "mastodon"};

// How many exchanges an undisturbed publication has.
int conversation_length(const std::string& network)
{
    PublishingWorld world;
    world.connect(network);
    world.internet.exchanges = 0;
    const Publication publication = world.publish(world.given_video(), network);
    world.settle(publication.id);
    return world.internet.exchanges;
}

void check_posted_once(PublishingWorld& world, const Publication& publication)
{
    const auto& posts = world.posts(publication.platform);
    REQUIRE(posts.size() == 1);
    CHECK((posts.front().bytes == world.bytes));
    CHECK(world.state(publication.id) == State::published);
    CHECK(world.look(publication.id).remote_id == posts.front().id);
    const auto video = run(world.videos.find(publication.video));
    CHECK(video->published_platforms == std::vector<std::string>{publication.platform});
}

// One mishap at the k-th exchange, for every k.
void check_survives(Mishap mishap)
{
    for (const std::string& network : networks) {
        const int length = conversation_length(network);
        for (int k = 1; k <= length; ++k) {
            CAPTURE(network);
            CAPTURE(k);
            PublishingWorld world;
            world.connect(network);
            world.internet.exchanges = 0;
            world.internet.plan = [k, mishap](int n, const Send&) { return n == k ? mishap : Mishap::none; };
            const Publication publication = world.publish(world.given_video(), network);
            world.settle(publication.id);
            check_posted_once(world, publication);
        }
    }
}

} // namespace

TEST_CASE("a video is published, and the library says so only then")
{
    for (const std::string& network : networks) {
        CAPTURE(network);
        PublishingWorld world;
        world.connect(network);
        const Video video = world.given_video();
        const Publication publication = world.publish(video, network);
        CHECK(publication.progress.state == State::queued);
        CHECK_FALSE(run(world.videos.find(video.id))->is_published());
        world.settle();
        check_posted_once(world, publication);

        const Publication after = world.look(publication.id);
        CHECK(after.bytes_sent == world.bytes.size());
        CHECK(after.bytes_total == world.bytes.size());
        CHECK_FALSE(after.url.empty());
        CHECK(after.published_at);
        const auto attempts = run(world.publications.attempts(publication.id));
        REQUIRE(attempts.size() == 1);
        CHECK(attempts.front().outcome == AttemptOutcome::confirmed);
        CHECK(world.internet.commits == 1);
        CHECK(world.internet.youtube.thumbnails == (network == "youtube" ? 1 : 0));
    }
}

TEST_CASE("P1: the network accepts, and the answer is lost or says something else")
{
    SUBCASE("dropped") { check_survives(Mishap::drop_after); }
    SUBCASE("500") { check_survives(Mishap::error_500); }
    SUBCASE("an HTML error page") { check_survives(Mishap::html_502); }
    SUBCASE("429") { check_survives(Mishap::rate_429); }
    SUBCASE("200 with an HTML page")
    {
        // In answer to a question that is no reading, but the last one of each conversation.
        for (const std::string& network : networks) {
            PublishingWorld world;
            world.connect(network);
            bool played = false;
            world.internet.plan = [&played](int, const Send& send) {
                const bool now = send.purpose == Send::Purpose::commit && !played;
                played = played || now;
                return now ? Mishap::nonsense_200 : Mishap::none;
            };
            const Publication publication = world.publish(world.given_video(), network);
            world.settle(publication.id);
            check_posted_once(world, publication);
        }
    }
    SUBCASE("\"blocked\", by something in between")
    {
        for (const std::string& network : networks) {
            PublishingWorld world;
            world.connect(network);
            bool played = false;
            world.internet.plan = [&played](int, const Send& send) {
                const bool now = send.purpose == Send::Purpose::commit && !played;
                played = played || now;
                return now ? Mishap::blocked_403 : Mishap::none;
            };
            const Publication publication = world.publish(world.given_video(), network);
            world.settle(publication.id);
            check_posted_once(world, publication);
        }
    }
}

TEST_CASE("P2: the network does not accept, and the connection is dropped")
{
    SUBCASE("dropped") { check_survives(Mishap::drop_before); }
    SUBCASE("cut half way") { check_survives(Mishap::cut); }
    SUBCASE("no connection") { check_survives(Mishap::not_sent); }
    SUBCASE("500") { check_survives(Mishap::refused_500); }
}

TEST_CASE("P3: kill -9 before and after every exchange")
{
    SUBCASE("before it is sent") { check_survives(Mishap::kill_before); }
    SUBCASE("before its answer is saved") { check_survives(Mishap::kill_after); }
    SUBCASE("again and again")
    {
        for (const std::string& network : networks) {
            CAPTURE(network);
            PublishingWorld world;
            world.connect(network);
            // Every first try of a question dies, alternately before and after.
            std::map<std::string, int> asked;
            world.internet.plan = [&asked](int n, const Send& send) {
                const bool first = asked[send.what + fake::header(send, "Content-Range")]++ == 0;
                return !first ? Mishap::none : n % 2 ? Mishap::kill_before : Mishap::kill_after;
            };
            const Publication publication = world.publish(world.given_video(), network);
            world.settle(publication.id);
            check_posted_once(world, publication);
        }
    }
}

#ifdef VITRINA_FAIL_POINTS
TEST_CASE("P3: the process stops at every fail point between claim and confirm")
{
    for (const std::string& network : networks) {
        for (const char* point : {"publish.before_save", "publish.saved", "publish.before_send", "publish.answered"}) {
            for (int k = 0; k < 10; ++k) {
                CAPTURE(network);
                CAPTURE(point);
                CAPTURE(k);
                PublishingWorld world;
                world.connect(network);
                const Publication publication = world.publish(world.given_video(), network);
                const std::string skipped = k == 0 ? "" : std::to_string(k) + "*off->";
                configure_fail_points(std::string(point) + "=" + skipped + "1*return->off");
                world.settle(publication.id);
                configure_fail_points("");
                check_posted_once(world, publication);
            }
        }
    }
}
#endif

TEST_CASE("P4: however often it is asked for, in whatever order, there is one publication and one post")
{
    PublishingWorld world;
    const Account account = world.connect("youtube");
    const Video video = world.given_video();
    const Publication first = world.publish(video, "youtube");
    CHECK(world.publish(video, "youtube").id == first.id);
    CHECK(run(world.requests.to_account(video, account.id))->front().id == first.id);
    CHECK(run(world.requests.to_platforms(video, {"youtube", "youtube"}))->size() == 1);
    world.settle();
    CHECK(world.publish(video, "youtube").id == first.id);
    world.settle();
    check_posted_once(world, first);
}

TEST_CASE("P4: a second worker with the same job is fenced out")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    const auto old = run(world.queue.claim({publish_video}, "sleeper", 60s));
    REQUIRE(old);
    world.clock.advance(61s); // it was stopped for longer than its lease
    world.settle();
    const int exchanges = world.internet.exchanges;
    CHECK(std::holds_alternative<Done>(run(world.driver.publish(*old))));
    CHECK(world.internet.exchanges == exchanges);
    check_posted_once(world, publication);
}

TEST_CASE("P5: the thumbnail fails for ever, and the publication stays confirmed")
{
    PublishingWorld world;
    world.connect("youtube");
    world.internet.youtube.thumbnail_answer = HttpReply{500, {}, ""};
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.settle();
    check_posted_once(world, publication);
    CHECK(world.internet.youtube.thumbnails == 8);
    const auto dead = run(world.queue.dead(10));
    REQUIRE(dead.size() == 1);
    CHECK(dead.front().kind == publish_thumbnail);
}

TEST_CASE("P10: an upload cut a hundred times is resumed, and little is sent twice")
{
    PublishingWorld world;
    world.bytes = PublishingWorld::make_bytes(100 * PublishingWorld::chunk + 77);
    world.connect("youtube");
    int cuts = 0;
    world.internet.plan = [&cuts](int n, const Send& send) {
        const bool now = send.slice && n % 2 == 0 && cuts < 100;
        cuts += now;
        return now ? Mishap::cut : Mishap::none;
    };
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.settle(publication.id, 20'000);
    check_posted_once(world, publication);
    CHECK(cuts > 50);
    CHECK(double(world.internet.youtube.bytes_received) < 1.1 * double(world.bytes.size()));
}

TEST_CASE("P9: a quota is waited for until midnight in California, without using up patience")
{
    PublishingWorld world;
    world.connect("youtube");
    world.internet.youtube.open_answer = HttpReply{403, {}, R"({"error":{"code":403,"message":"Quota","errors":[{"reason":"quotaExceeded"}]}})"};
    const Publication publication = world.publish(world.given_video(), "youtube");
    REQUIRE(world.step());
    const Publication waiting = world.look(publication.id);
    CHECK(waiting.progress.state == State::waiting_rate_limit);
    REQUIRE(waiting.waiting_until);
    CHECK(rfc3339(*waiting.waiting_until) == "2026-03-02T08:00:00.000000Z");
    CHECK(waiting.reason.find("quota") != std::string::npos);
    for (int day = 0; day < 5; ++day) {
        world.step();
        world.step();
    }
    CHECK(world.state(publication.id) == State::waiting_rate_limit);
    world.internet.youtube.open_answer.reset();
    world.settle();
    check_posted_once(world, publication);
}

TEST_CASE("a publication can be cancelled until the last byte leaves, and not after")
{
    PublishingWorld world;
    world.connect("youtube");
    world.internet.plan = [](int, const Send& send) { return send.slice ? Mishap::cut : Mishap::none; };
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.step();
    CHECK(world.state(publication.id) == State::uploading);
    SUBCASE("before")
    {
        CHECK(run(world.publications.cancel(publication.id))->progress.state == State::cancelled);
        world.internet.plan = nullptr;
        world.settle();
        CHECK(world.internet.youtube.posts.empty());
        CHECK(world.state(publication.id) == State::cancelled);
        CHECK(world.publish(*run(world.videos.find(publication.video)), "youtube").id != publication.id);
    }
    SUBCASE("after")
    {
        world.internet.plan = [](int, const Send& send) {
            return send.purpose == Send::Purpose::commit ? Mishap::drop_after : Mishap::none;
        };
        while (world.internet.youtube.posts.empty())
            REQUIRE(world.step());
        const auto cancelled = run(world.publications.cancel(publication.id));
        REQUIRE_FALSE(cancelled);
        CHECK(cancelled.error().kind == FaultKind::conflict);
        world.settle();
        check_posted_once(world, publication);
    }
}

TEST_CASE("the video is deleted while it is being published")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    auto transaction = run(world.db->begin());
    run(world.publications.on_video_deleted(*transaction, publication.video));
    run(world.videos.mark_deleted(*transaction, publication.video));
    run(transaction->commit());
    world.settle();
    CHECK(world.state(publication.id) == State::cancelled);
    CHECK(world.internet.youtube.posts.empty());
    CHECK_FALSE(run(world.publications.needs_video(publication.video)));
}

TEST_CASE("the file vanishes or changes under an upload")
{
    PublishingWorld world;
    world.connect("youtube");
    const Video video = world.given_video();
    const Publication publication = world.publish(video, "youtube");
    run(world.store->remove(video.source_key));
    world.settle();
    const Publication failed = world.look(publication.id);
    CHECK(failed.progress.state == State::failed);
    CHECK(failed.reason_code == "source_changed");
    CHECK(world.internet.youtube.posts.empty());
}

TEST_CASE("a session that is gone at the last byte, and a video nobody lists: a person decides")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.internet.plan = [&world](int, const Send& send) {
        if (send.purpose != Send::Purpose::commit)
            return Mishap::none;
        world.internet.youtube.forget_sessions();
        return Mishap::drop_before;
    };
    world.settle();
    CHECK(world.state(publication.id) == State::outcome_unknown);
    CHECK(world.internet.youtube.posts.empty());

    SUBCASE("looked into again, it still posts nothing")
    {
        CHECK(run(world.publications.retry(publication.id)));
        world.settle();
        CHECK(world.state(publication.id) == State::outcome_unknown);
        CHECK(world.internet.youtube.posts.empty());
    }
    SUBCASE("a person insists")
    {
        world.internet.plan = nullptr;
        CHECK(run(world.publications.retry(publication.id, Insist::even_if_posted_twice)));
        world.settle();
        check_posted_once(world, publication);
    }
}

TEST_CASE("a session that is gone after the last byte was taken: the video is found in the channel's list")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.internet.plan = [&world](int, const Send& send) {
        return send.purpose == Send::Purpose::commit ? Mishap::drop_after
               : send.what == "ask the session"      ? (world.internet.youtube.forget_sessions(), Mishap::none)
                                                     : Mishap::none;
    };
    SUBCASE("at once") {}
    SUBCASE("P8: the list lags a quarter of an hour")
    {
        world.internet.youtube.lists_uploads = false;
        const Instant listed = world.clock.now() + 15min;
        while (world.clock.now() < listed)
            REQUIRE(world.step());
        world.internet.youtube.lists_uploads = true;
    }
    world.settle();
    check_posted_once(world, publication);
    CHECK(world.internet.commits == 1);
}

TEST_CASE("an hour after a Mastodon post in doubt, the list is asked, not the key")
{
    PublishingWorld world;
    world.connect("mastodon");
    const Publication publication = world.publish(world.given_video(), "mastodon");
    bool posted = false, arrives = true;
    SUBCASE("it had arrived") {}
    SUBCASE("it had not") { arrives = false; }
    const Instant begin = world.clock.now();
    world.internet.plan = [&](int, const Send& send) {
        const bool down = posted && world.clock.now() < begin + 90min;
        if (send.purpose != Send::Purpose::commit || posted)
            return down ? Mishap::not_sent : Mishap::none;
        posted = true;
        return arrives ? Mishap::drop_after : Mishap::drop_before;
    };
    world.settle();
    check_posted_once(world, publication);
}

TEST_CASE("a post that was published is taken back")
{
    for (const std::string& network : networks) {
        CAPTURE(network);
        PublishingWorld world;
        world.connect(network);
        const Video video = world.given_video();
        const Publication publication = world.publish(video, network);
        world.settle();
        CHECK(run(world.publications.remove(publication.id))->removing);
        CHECK(run(world.publications.remove(publication.id))->removing);
        int n = 0;
        world.internet.plan = [&n](int, const Send&) { return n++ == 0 ? Mishap::drop_after : Mishap::none; };
        world.settle();
        CHECK(world.state(publication.id) == State::deleted);
        CHECK(world.posts(network).front().deleted);
        CHECK_FALSE(run(world.videos.find(video.id))->is_published());
    }
}

TEST_CASE("a network that fails the video says why; another try is a new post")
{
    PublishingWorld world;
    world.connect("youtube");
    world.internet.youtube.upload_status = "failed";
    world.internet.youtube.failure = "codec";
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.settle();
    CHECK(world.state(publication.id) == State::failed);
    CHECK(world.look(publication.id).reason_code == "codec");
    world.internet.youtube.upload_status = "processed";
    CHECK(run(world.publications.retry(publication.id)));
    world.settle();
    CHECK(world.state(publication.id) == State::published);
    CHECK(world.internet.youtube.posts.size() == 2);
}

TEST_CASE("a video that YouTube keeps private is not published publicly")
{
    PublishingWorld world;
    world.connect("youtube");
    world.internet.youtube.locked_privacy = "private";
    const Video video = world.given_video();
    const Publication publication = world.publish(video, "youtube");
    world.settle(publication.id);
    CHECK(world.state(publication.id) == State::needs_user_action);
    CHECK_FALSE(run(world.videos.find(video.id))->is_published());
    CHECK_FALSE(world.look(publication.id).url.empty());
    world.internet.youtube.locked_privacy.clear(); // the person changed it
    world.settle();
    check_posted_once(world, publication);
}

TEST_CASE("processing that never ends, ends in a state a person can see")
{
    PublishingWorld world;
    world.connect("youtube");
    world.internet.youtube.polls_until_processed = 1'000'000;
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.settle();
    CHECK(world.state(publication.id) == State::outcome_unknown);
    CHECK(world.internet.youtube.posts.size() == 1);
    world.internet.youtube.polls_until_processed = 0;
    CHECK(run(world.publications.retry(publication.id)));
    world.settle();
    check_posted_once(world, publication);
}

TEST_CASE("nothing of a secret is readable in the database")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.internet.plan = [](int, const Send& send) { return send.slice ? Mishap::drop_before : Mishap::none; };
    world.step();
    static constexpr Sql everything{"SELECT client_secret_sealed || access_token_sealed || refresh_token_sealed ||"
                                    " (SELECT memory_sealed || order_json || reason FROM publications) ||"
                                    " (SELECT group_concat(evidence || step) FROM publish_notes) FROM accounts"};
    const Rows rows = run(world.db->read(everything));
    const std::string text(rows.front().text(0));
    CHECK(text.size() > 500);
    for (const char* secret : {"client-secret", "token-", "refresh-1", "upload_id", "https://session"})
        CHECK(text.find(secret) == std::string::npos);
    CHECK(world.state(publication.id) == State::uploading);
}

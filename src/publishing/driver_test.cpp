#include "publishing/publishing_fixture.hpp"

#include "core/fail_point.hpp"
#include "unit/moment_step.hpp"

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

std::uint64_t ended(const PublishingWorld& world, const std::string& platform, State state)
{
    return world.driver.counters().ended.at({platform, state});
}

// One mishap at the k-th exchange, for every k (under ThreadSanitizer for some).
void check_survives(Mishap mishap)
{
    for (const std::string& network : networks) {
        const int length = conversation_length(network);
        for (int k = 1; k <= length; k += moment_step) {
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
    SUBCASE("dropped")
    {
        check_survives(Mishap::drop_after);
    }
    SUBCASE("500")
    {
        check_survives(Mishap::error_500);
    }
    SUBCASE("an HTML error page")
    {
        check_survives(Mishap::html_502);
    }
    SUBCASE("429")
    {
        check_survives(Mishap::rate_429);
    }
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
    SUBCASE("dropped")
    {
        check_survives(Mishap::drop_before);
    }
    SUBCASE("cut half way")
    {
        check_survives(Mishap::cut);
    }
    SUBCASE("no connection")
    {
        check_survives(Mishap::not_sent);
    }
    SUBCASE("500")
    {
        check_survives(Mishap::refused_500);
    }
}

TEST_CASE("P3: kill -9 before and after every exchange")
{
    SUBCASE("before it is sent")
    {
        check_survives(Mishap::kill_before);
    }
    SUBCASE("before its answer is saved")
    {
        check_survives(Mishap::kill_after);
    }
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
            for (int k = 0; k < 10; k += moment_step) {
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
    world.internet.youtube.open_answer =
        HttpReply{403, {}, R"({"error":{"code":403,"message":"Quota","errors":[{"reason":"quotaExceeded"}]}})"};
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
    CHECK(ended(world, "youtube", State::outcome_unknown) == 1);
    CHECK(world.driver.counters().undecided == 1);

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
        const auto notes = run(world.publications.notes(publication.id));
        CHECK(std::ranges::count(notes, "a person decided to publish again", &PublicationNote::step) == 1);
    }
    SUBCASE("a person finds it")
    {
        const std::string address = "https://youtu.be/dQw4w9WgXcQ";
        CHECK(run(world.found.link(publication.id, "https://youtu.be/", "token t")).error().code == "VT-PUB-012");
        const auto linked = run(world.found.link(publication.id, address, "token t"));
        REQUIRE(linked);
        CHECK(linked->progress.state == State::published);
        CHECK(linked->remote_id == "dQw4w9WgXcQ");
        CHECK(linked->url == address);
        CHECK(run(world.publications.attempts(publication.id)).back().outcome == AttemptOutcome::confirmed);
        CHECK(run(world.publications.notes(publication.id)).back().evidence == address + " (token t)");
        CHECK(run(world.videos.find(publication.video))->published_platforms == std::vector<std::string>{"youtube"});
        CHECK(run(world.found.link(publication.id, address, "token t"))); // said twice
        CHECK(run(world.found.link(publication.id, "https://youtu.be/aaaaaaaaaaa", "")).error().code == "VT-PUB-011");
        world.settle();
        CHECK(world.state(publication.id) == State::published);
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
    SUBCASE("at once")
    {
    }
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
    CHECK(ended(world, "youtube", State::published) == 1);
    CHECK(world.driver.counters().found_posted == 1);
    CHECK(world.driver.counters().duplicates == 0);
}

TEST_CASE("two videos in the channel's list that look like the publication's are one too many, and are counted")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.internet.plan = [&world](int, const Send& send) {
        auto& youtube = world.internet.youtube;
        if (send.what == "ask the session") {
            youtube.forget_sessions();
            youtube.posts.push_back(youtube.posts.front());
            youtube.posts.back().id = "another0one";
        }
        return send.purpose == Send::Purpose::commit ? Mishap::drop_after : Mishap::none;
    };
    world.settle();
    CHECK(world.state(publication.id) == State::published);
    CHECK(world.driver.counters().duplicates == 1);
    CHECK(ended(world, "youtube", State::published) == 1);
}

TEST_CASE("an hour after a Mastodon post in doubt, the list is asked, not the key")
{
    PublishingWorld world;
    world.connect("mastodon");
    const Publication publication = world.publish(world.given_video(), "mastodon");
    bool posted = false, arrives = true;
    SUBCASE("it had arrived")
    {
    }
    SUBCASE("it had not")
    {
        arrives = false;
    }
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
        static constexpr Sql died{"DELETE FROM jobs WHERE kind = 'remove_publication'"};
        CHECK(run(world.db->write(died)).changed() == 1);
        CHECK(run(world.publications.remove(publication.id))->removing); // asked again, it is taken up again
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

TEST_CASE("an upload that YouTube says it lost is sent once more, and not for ever")
{
    PublishingWorld world;
    world.connect("youtube");
    fake::Youtube& youtube = world.internet.youtube;
    youtube.upload_status = "failed";
    youtube.failure = "uploadAborted";
    const Publication publication = world.publish(world.given_video(), "youtube");
    std::size_t posts = 2;
    SUBCASE("it was an accident")
    {
        world.internet.plan = [&](int, const Send&) {
            if (youtube.posts.size() == 2)
                youtube.upload_status = "processed";
            return Mishap::none;
        };
        world.settle();
        CHECK(world.state(publication.id) == State::published);
        CHECK(world.look(publication.id).remote_id == youtube.posts.back().id);
    }
    SUBCASE("it happens again")
    {
        world.settle();
        CHECK(world.state(publication.id) == State::failed);
        CHECK(world.look(publication.id).reason_code == "uploadAborted");
    }
    SUBCASE("killed when it begins anew, it remembers")
    {
        int sessions = 0;
        world.internet.plan = [&](int, const Send& send) {
            return send.what == "open session" && ++sessions == 2 ? Mishap::kill_before : Mishap::none;
        };
        world.settle();
        CHECK(sessions == 3);
        CHECK(world.state(publication.id) == State::failed);
    }
    CHECK(youtube.posts.size() == posts);
    const auto attempts = run(world.publications.attempts(publication.id));
    REQUIRE(attempts.size() == 2);
    CHECK(attempts.front().outcome == AttemptOutcome::rejected);
}

TEST_CASE("another secret key: what a publication remembers is lost, and it ends in words")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    bool committing = false;
    SUBCASE("nothing is on its way: it failed, and may be tried again")
    {
    }
    SUBCASE("something may be: a person looks")
    {
        committing = true;
    }
    world.internet.plan = [committing](int, const Send& send) {
        const bool here = committing ? send.purpose == Send::Purpose::commit : send.slice.has_value();
        return here ? Mishap::kill_after : Mishap::none;
    };
    CHECK_THROWS_AS(while (world.step()){}, fake::Killed);
    world.internet.plan = nullptr;
    world.clock.advance(61s);
    const int exchanges = world.internet.exchanges;

    const Vault other_key(Secret("another key for tests, long enough"));
    Accounts accounts(*world.db, other_key, world.platforms, world.internet, world.clock, Networks::real);
    PublishDriver driver(*world.db, *world.store, world.queue, world.clock, world.videos, accounts, world.platforms,
                         other_key, world.internet);
    const auto job = run(world.queue.claim({publish_video}, "worker", 60s));
    REQUIRE(job);
    CHECK(std::holds_alternative<Done>(run(driver.publish(*job))));
    CHECK(world.internet.exchanges == exchanges);
    const Publication ended = world.look(publication.id);
    CHECK(ended.progress.state == (committing ? State::outcome_unknown : State::failed));
    CHECK(ended.reason.find("secret key") != std::string::npos);

    // Looking again, however often, is no proof that nothing was posted.
    if (committing) {
        for (int i = 0; i < 2; ++i) {
            CHECK(run(world.publications.retry(publication.id)));
            const auto again = run(world.queue.claim({publish_video}, "worker", 60s));
            REQUIRE(again);
            CHECK(std::holds_alternative<Done>(run(driver.publish(*again))));
            CHECK(world.state(publication.id) == State::outcome_unknown);
            run(world.queue.finish(*again, Done{}));
        }
        CHECK(world.internet.exchanges == exchanges);
    }

    // So are the account's tokens: it has to be connected again.
    CHECK(std::holds_alternative<Accounts::Disconnected>(run(accounts.access(publication.account))));
    CHECK(run(accounts.find(publication.account))->status == Account::Status::needs_reconnect);
}

TEST_CASE("a publication whose job died goes on where it stood, when somebody asks for it")
{
    PublishingWorld world;
    world.connect("youtube");
    const Publication publication = world.publish(world.given_video(), "youtube");
    world.internet.plan = [](int, const Send& send) {
        return send.what.starts_with("send bytes") && !send.what.starts_with("send bytes 0-") ? Mishap::kill_before
                                                                                              : Mishap::none;
    };
    CHECK_THROWS_AS(while (world.step()){}, fake::Killed);
    CHECK_FALSE(run(world.publications.retry(publication.id))); // its job has an end of lease to come
    world.internet.plan = nullptr;
    world.clock.advance(61s);
    const auto job = run(world.queue.claim({publish_video}, "worker", 60s));
    REQUIRE(job);
    CHECK(run(world.queue.finish(*job, GiveUp{"two hundred times"})));
    world.settle();
    CHECK(world.state(publication.id) == State::uploading);

    CHECK(run(world.publications.retry(publication.id)));
    CHECK_FALSE(run(world.publications.retry(publication.id)));
    world.settle();
    check_posted_once(world, publication);
    CHECK(world.internet.youtube.sessions_opened == 1);
}

TEST_CASE("a person insists once, however often the request is heard")
{
    PublishingWorld world;
    world.connect("youtube");
    fake::Youtube& youtube = world.internet.youtube;
    const Publication publication = world.publish(world.given_video(), "youtube");
    // Every last chunk arrives, its answer and the session are lost, and the list does not show the video.
    youtube.lists_uploads = false;
    bool lost = false;
    world.internet.plan = [&](int, const Send& send) {
        if (std::exchange(lost, send.purpose == Send::Purpose::commit))
            youtube.forget_sessions();
        return lost ? Mishap::drop_after : Mishap::none;
    };
    world.settle();
    REQUIRE(world.state(publication.id) == State::outcome_unknown);
    REQUIRE(youtube.posts.size() == 1);

    const auto even_so = Insist::even_if_posted_twice;
    CHECK(run(world.publications.retry(publication.id, even_so, "a request")));
    world.settle();
    REQUIRE(world.state(publication.id) == State::outcome_unknown);
    REQUIRE(youtube.posts.size() == 2);
    const auto repeated = run(world.publications.retry(publication.id, even_so, "a request"));
    REQUIRE(repeated);
    CHECK(repeated->progress.state == State::outcome_unknown); // what is true now
    world.settle();
    CHECK(youtube.posts.size() == 2);
    CHECK(run(world.publications.retry(publication.id, even_so, "another request")));
    world.settle();
    CHECK(youtube.posts.size() == 3);
}

TEST_CASE("of what was said, the last two hundred lines are kept")
{
    PublishingWorld world;
    world.connect("youtube");
    world.internet.youtube.polls_until_processed = 1'000'000;
    const Publication publication = world.publish(world.given_video(), "youtube");
    for (int i = 0; i < 14; ++i) { // hours of looking
        world.settle();
        CHECK(run(world.publications.retry(publication.id)));
    }
    world.settle();
    static constexpr Sql count{"SELECT COUNT(*), MAX(number) FROM publish_notes"};
    const Rows rows = run(world.db->read(count));
    CHECK(rows.front().integer(1) > 200);
    CHECK(rows.front().integer(0) == 200);
    CHECK(run(world.publications.notes(publication.id, 1000)).back().step == "ask how the processing goes");
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
#define EVERYTHING(joined)                                                                                             \
    "SELECT client_secret_sealed || access_token_sealed || refresh_token_sealed ||"                                    \
    " (SELECT memory_sealed || order_json || reason FROM publications) ||"                                             \
    " (SELECT " joined " FROM publish_notes) FROM accounts"
    static constexpr Sql everything{EVERYTHING("group_concat(evidence || step)"),
                                    EVERYTHING("string_agg(evidence || step, ',')")};
    const Rows rows = run(world.db->read(everything));
    const std::string text(rows.front().text(0));
    CHECK(text.size() > 500);
    for (const char* secret : {"client-secret", "token-", "refresh-1", "upload_id", "https://session"})
        CHECK(text.find(secret) == std::string::npos);
    CHECK(world.state(publication.id) == State::uploading);
}

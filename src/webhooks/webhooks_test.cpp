#include "core/fail_point.hpp"
#include "events/event_log.hpp"
#include "webhooks/stranded.hpp"
#include "webhooks/webhooks_rig.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace vitrina;
using namespace std::chrono_literals;

TEST_CASE("a webhook is told of what happens after it was made, signed, each thing once")
{
    WebhooksRig rig;
    rig.happen();
    const Webhook webhook = rig.add();
    const VideoId video = rig.happen();
    rig.happen(video);
    rig.settle();
    REQUIRE(rig.numbers() == std::vector{2, 3});
    const auto secrets = run(rig.webhooks.secrets(webhook.id));
    REQUIRE(secrets);
    for (const auto& got : rig.got) {
        CHECK(got.url == "https://receiver.example/hook");
        CHECK(got.body.starts_with("{\"id\":\"" + got.id + "\",\"sequence\":"));
        CHECK(got.timestamp == webhook_timestamp(got.at));
        CHECK(got.signature == webhook_signature(secrets->all(), got.id, got.at, got.body));
    }
    const auto all = rig.all(webhook.id);
    REQUIRE(all.size() == 2);
    CHECK(all.front().status == WebhookDelivery::Status::delivered);
    CHECK(all.front().attempts == 1);
    CHECK(all.front().last_status == 200);
    const Webhook after = rig.look(webhook.id);
    CHECK(after.pending == 0);
    CHECK(after.delivered_at);
    const auto attempts = run(rig.deliveries.attempts(all.front().id));
    REQUIRE(attempts.size() == 1);
    CHECK(attempts.front().answer == "thanks");
    CHECK(run(rig.deliveries.find(all.front().id))->body == rig.got.front().body);
}

TEST_CASE("each webhook is told of what it asked for")
{
    WebhooksRig rig;
    rig.add({std::string(event_type::video_ready)}, "https://one.example/");
    rig.add({}, "https://two.example/");
    const VideoId video = rig.happen({}, event_type::video_uploaded);
    rig.happen(video, event_type::video_ready);
    rig.settle();
    const auto of = [&rig](const char* url) {
        return std::ranges::count_if(rig.got, [url](const auto& got) { return got.url == url; });
    };
    CHECK(of("https://one.example/") == 1);
    CHECK(of("https://two.example/") == 2);
}

TEST_CASE("what fails holds up its own object and no other, and is tried until it is taken")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    const VideoId stuck = rig.happen();
    int refusals = 4;
    rig.answer = [&](const WebhooksRig::Got& got) -> OutboundResult {
        if (got.body.find(stuck.text()) != std::string::npos && refusals-- > 0)
            return WebhooksRig::reply(500);
        return WebhooksRig::reply(204);
    };
    rig.happen(stuck);
    const VideoId other = rig.happen();
    rig.happen(other);
    rig.happen(stuck);
    rig.settle();
    std::vector<int> of_stuck, of_other;
    for (std::size_t i = 0; i < rig.got.size(); ++i)
        (rig.got[i].body.find(stuck.text()) != std::string::npos ? of_stuck : of_other).push_back(rig.numbers()[i]);
    CHECK(of_stuck == std::vector{1, 1, 1, 1, 1, 2, 5});
    CHECK(of_other == std::vector{3, 4});
    CHECK(rig.got.back().at - rig.got.front().at > 5min);
    CHECK(rig.look(webhook.id).pending == 0);
    CHECK_FALSE(rig.look(webhook.id).failing_since);
}

TEST_CASE("a receiver that is away for a day gets everything, in order, as soon as it is back")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    bool away = true;
    rig.answer = [&](const WebhooksRig::Got&) -> OutboundResult {
        if (away)
            return OutboundFailure{OutboundFailure::Sent::no, "receiver.example: Connection refused"};
        return WebhooksRig::reply(200);
    };
    std::vector<VideoId> videos;
    for (int i = 0; i < 10; ++i)
        videos.push_back(rig.happen());
    for (int i = 0; i < 3; ++i)
        for (const VideoId video : videos)
            rig.happen(video);
    rig.settle_for(24h);
    CHECK(rig.look(webhook.id).status == Webhook::Status::active);
    CHECK(rig.look(webhook.id).failing_since);
    CHECK(rig.look(webhook.id).trouble == "receiver.example: Connection refused");
    CHECK(rig.look(webhook.id).pending == 40);
    CHECK(rig.got.size() < 400);

    away = false;
    rig.got.clear();
    const Instant back = rig.clock.now();
    rig.happen(); // something new is tried at once, and wakes the others
    rig.settle();
    REQUIRE(rig.got.size() == 41);
    CHECK(rig.got.back().at - back < 30min);
    for (const VideoId video : videos) {
        std::vector<int> of_video;
        for (std::size_t i = 0; i < rig.got.size(); ++i)
            if (rig.got[i].body.find(video.text()) != std::string::npos)
                of_video.push_back(rig.numbers()[i]);
        CHECK(of_video.size() == 4);
        CHECK(std::ranges::is_sorted(of_video));
    }
    CHECK(rig.look(webhook.id).pending == 0);
}

TEST_CASE("a webhook that fails for three days is paused, says so, and loses nothing")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    const Webhook watcher = rig.add({std::string(event_type::webhook_paused)}, "https://watcher.example/");
    bool away = true;
    rig.answer = [&](const WebhooksRig::Got& got) -> OutboundResult {
        return WebhooksRig::reply(away && got.url != "https://watcher.example/" ? 503 : 200);
    };
    const VideoId video = rig.happen();
    rig.happen(video);
    rig.settle_for(80h);
    const Webhook paused = rig.look(webhook.id);
    CHECK(paused.status == Webhook::Status::paused);
    CHECK(paused.reason_code == "failing");
    CHECK(paused.trouble == "the receiver answered 503");
    REQUIRE(rig.got.back().url == "https://watcher.example/");
    CHECK(rig.got.back().body.find(webhook.id.text()) != std::string::npos);
    CHECK(rig.got.back().body.find("failing") != std::string::npos);
    CHECK(rig.look(watcher.id).status == Webhook::Status::active);
    const auto sent = rig.got.size();
    rig.happen(video);
    rig.settle_for(24h);
    CHECK(rig.got.size() == sent);

    away = false;
    rig.got.clear();
    rig.set(webhook.id, Webhook::Status::active);
    rig.settle();
    CHECK(rig.look(webhook.id).status == Webhook::Status::active);
    CHECK(rig.look(webhook.id).reason_code == "");
    const auto all = rig.all(webhook.id);
    const auto failed = std::ranges::count(all, WebhookDelivery::Status::failed, &WebhookDelivery::status);
    auto numbers = rig.numbers();
    std::erase(numbers, 0); // its own pause is told it as well
    if (failed == 1) { // the first was given up as the webhook was paused
        CHECK(numbers == std::vector{2, 3});
        const auto replayed = run(rig.deliveries.replay_failed(webhook.id, Instant{}));
        CHECK(replayed->count == 1);
        rig.settle();
        numbers = rig.numbers();
        CHECK(numbers.back() == 1);
        CHECK(run(rig.deliveries.replay_failed(webhook.id, Instant{}))->count == 0);
    } else {
        CHECK(numbers == std::vector{1, 2, 3});
    }
    CHECK(rig.look(webhook.id).pending == 0);
}

TEST_CASE("a message that is never taken is given up after three days, and what is behind it goes on")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    rig.answer = [](const WebhooksRig::Got& got) -> OutboundResult {
        return WebhooksRig::reply(got.body.find("\"size\":1}") != std::string::npos ? 422 : 200);
    };
    const VideoId video = rig.happen();
    rig.happen(video);
    for (int hour = 0; hour < 80; ++hour) {
        rig.happen();
        rig.settle_for(1h);
    }
    rig.settle();
    CHECK(rig.look(webhook.id).status == Webhook::Status::active);
    const auto all = rig.all(webhook.id);
    CHECK(all.at(0).status == WebhookDelivery::Status::failed);
    CHECK(all.at(0).attempts > 10);
    CHECK(all.at(0).attempts < 30);
    CHECK(all.at(1).status == WebhookDelivery::Status::delivered);
    CHECK(*all.at(0).settled_at - all.at(0).created_at >= 72h);
    CHECK(*all.at(0).settled_at - all.at(0).created_at <= 73h);
}

TEST_CASE("410 pauses at once, and nothing is lost when it is resumed")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    rig.answer = [](const WebhooksRig::Got&) { return WebhooksRig::reply(410); };
    const VideoId video = rig.happen();
    rig.happen(video);
    rig.settle();
    CHECK(rig.got.size() == 1);
    CHECK(rig.look(webhook.id).reason_code == "gone");
    CHECK(rig.look(webhook.id).pending == 2);
    rig.answer = [](const WebhooksRig::Got&) { return WebhooksRig::reply(200); };
    rig.happen(video);
    rig.set(webhook.id, Webhook::Status::active);
    rig.settle();
    auto numbers = rig.numbers();
    std::erase(numbers, 0);
    CHECK(numbers == std::vector{1, 1, 2, 3});
}

TEST_CASE("a redirect is a refusal")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    rig.answer = [](const WebhooksRig::Got&) -> OutboundResult {
        OutboundReply reply{302, {}, ""};
        reply.headers.add("Location", "http://169.254.169.254/latest/meta-data");
        return reply;
    };
    rig.happen();
    rig.settle_for(1min);
    for (const auto& got : rig.got)
        CHECK(got.url == "https://receiver.example/hook");
    CHECK(rig.look(webhook.id).trouble.find("redirects are not followed") != std::string::npos);
}

TEST_CASE("Retry-After is heeded")
{
    WebhooksRig rig;
    rig.add();
    bool first = true;
    rig.answer = [&](const WebhooksRig::Got&) -> OutboundResult {
        OutboundReply reply{std::exchange(first, false) ? 429 : 200, {}, ""};
        reply.headers.add("Retry-After", "1800");
        return reply;
    };
    rig.happen();
    rig.settle();
    REQUIRE(rig.got.size() == 2);
    CHECK(rig.got[1].at - rig.got[0].at >= 1800s);
    CHECK(rig.got[1].at - rig.got[0].at < 1830s);
}

TEST_CASE("old and new secret both sign while they overlap, then the new one alone")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    const SigningSecret old = run(rig.webhooks.secrets(webhook.id))->current;
    REQUIRE(run(rig.webhooks.rotate(webhook.id, 1h, {})));
    const SigningSecret fresh = run(rig.webhooks.secrets(webhook.id))->current;
    CHECK(old.text().reveal() != fresh.text().reveal());
    rig.happen();
    rig.settle();
    const auto both = rig.got.at(0);
    CHECK(both.signature == webhook_signature(std::vector{fresh, old}, both.id, both.at, both.body));
    rig.clock.advance(61min);
    rig.happen();
    rig.settle();
    const auto alone = rig.got.at(1);
    CHECK(alone.signature == webhook_signature(std::vector{fresh}, alone.id, alone.at, alone.body));

    REQUIRE(run(rig.webhooks.rotate(webhook.id, 0s, SigningSecret::make())));
    CHECK(run(rig.webhooks.secrets(webhook.id))->former.empty());
    for (int i = 0; i < 4; ++i)
        REQUIRE(run(rig.webhooks.rotate(webhook.id, 24h, {})));
    const auto refused = run(rig.webhooks.rotate(webhook.id, 24h, {}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "VT-WHK-005");
}

TEST_CASE("no secret stands in the database as it is")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    const std::string secret = run(rig.webhooks.secrets(webhook.id))->current.text().reveal();
    static constexpr Sql query{"SELECT sealed FROM webhook_secrets"};
    const Rows rows = run(rig.db->read(query));
    CHECK(rows.front().text(0).find(secret.substr(6)) == std::string_view::npos);
    CHECK(rows.front().text(0).starts_with("v1."));
}

TEST_CASE("a secret that cannot be read pauses the webhook instead of losing what is to be sent")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    rig.happen();
    const Vault other(Secret("another key, long enough as well"));
    Webhooks unreadable(*rig.db, rig.queue, other, rig.clock);
    DeliveryJobs jobs(*rig.db, rig.queue, rig.clock, unreadable,
                      [&rig](OutboundRequest request) { return rig.take(std::move(request)); }, rig.options);
    rig.pass();
    const auto job = run(rig.queue.claim({deliver_webhook}, "worker", 60s));
    REQUIRE(job);
    run(rig.queue.finish(*job, run(jobs.deliver(*job))));
    CHECK(rig.got.empty());
    CHECK(rig.look(webhook.id).reason_code == "secret_unreadable");
    CHECK_THROWS_AS(run(unreadable.secrets(webhook.id)), VaultError);
    CHECK(rig.look(webhook.id).pending == 1);
    rig.set(webhook.id, Webhook::Status::active);
    rig.settle();
    auto numbers = rig.numbers();
    std::erase(numbers, 0); // its own pause is told it as well
    CHECK(numbers == std::vector{1});
}

TEST_CASE("a secret that cannot be read is mended by rotating it")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    const Vault other(Secret("another key, long enough as well"));
    Webhooks webhooks(*rig.db, rig.queue, other, rig.clock);
    REQUIRE(run(webhooks.rotate(webhook.id, 24h, {})));
    const auto secrets = run(webhooks.secrets(webhook.id));
    REQUIRE(secrets);
    CHECK(secrets->former.empty());
}

TEST_CASE("a ping is sent once, also to a webhook that is paused, and changes nothing of it")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    rig.set(webhook.id, Webhook::Status::paused);
    rig.answer = [](const WebhooksRig::Got&) { return WebhooksRig::reply(500); };
    const auto pinged = run(rig.deliveries.ping(webhook.id));
    REQUIRE(pinged);
    rig.settle();
    CHECK(rig.got.size() == 1);
    CHECK(rig.got.front().body.find("\"type\":\"webhook.ping\"") != std::string::npos);
    const auto after = run(rig.deliveries.find(pinged->id));
    CHECK(after->status == WebhookDelivery::Status::failed);
    CHECK(rig.look(webhook.id).pending == 0);
    CHECK_FALSE(rig.look(webhook.id).failing_since);
    CHECK(rig.look(webhook.id).reason_code == "asked");
    CHECK_FALSE(run(rig.deliveries.ping(WebhookId::make(rig.clock.now()))));
}

TEST_CASE("a delivery is replayed with the same id, behind what is on its way")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    rig.happen();
    rig.settle();
    const auto first = rig.all(webhook.id).at(0);
    const auto again = run(rig.deliveries.replay(first.id));
    REQUIRE(again);
    CHECK(again->replay_of == first.id);
    const auto too_soon = run(rig.deliveries.replay(again->id));
    REQUIRE_FALSE(too_soon);
    CHECK(too_soon.error().code == "VT-WHK-004");
    rig.settle();
    REQUIRE(rig.got.size() == 2);
    CHECK(rig.got[0].id == rig.got[1].id);
    CHECK(rig.got[0].body == rig.got[1].body);
}

TEST_CASE("a webhook that is removed hears nothing more, and its deliveries go")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    for (int i = 0; i < 300; ++i)
        rig.happen();
    rig.pass();
    CHECK(run(rig.webhooks.remove(webhook.id)));
    CHECK_FALSE(run(rig.webhooks.remove(webhook.id)));
    rig.settle();
    CHECK(rig.got.empty());
    static constexpr Sql count{"SELECT (SELECT COUNT(*) FROM webhook_deliveries) + (SELECT COUNT(*) FROM jobs) +"
                               " (SELECT COUNT(*) FROM webhook_secrets)"};
    CHECK(run(rig.db->read(count)).front().integer(0) == 0);
}

TEST_CASE("what is settled is forgotten in its time, what is not stays")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    for (int i = 0; i < 450; ++i)
        rig.happen();
    rig.settle();
    rig.clock.advance(1h);
    rig.happen();
    rig.pass();
    CHECK(run(rig.deliveries.forget(rig.clock.now() - 30min)) == 450);
    CHECK(rig.all(webhook.id).size() == 1);
    static constexpr Sql count{"SELECT COUNT(*) FROM webhook_attempts"};
    CHECK(run(rig.db->read(count)).front().integer(0) == 0);
    rig.settle();
    CHECK(rig.all(webhook.id).size() == 1);
}

TEST_CASE("a webhook that is far behind keeps its events in the log, and one that is too far says what it missed")
{
    WebhookOptions options;
    options.most_pending = 50;
    WebhooksRig rig(options);
    const Webhook webhook = rig.add();
    rig.answer = [](const WebhooksRig::Got&) { return WebhooksRig::reply(503); };
    for (int i = 0; i < 400; ++i)
        rig.happen();
    rig.pass();
    CHECK(rig.look(webhook.id).pending == 100); // as many as one transaction looks at, at most, above the bound
    rig.clock.advance(1h);
    rig.happen();
    EventLog log(*rig.db);
    run(log.forget(rig.clock.now() - 1min));
    rig.answer = [](const WebhooksRig::Got&) { return WebhooksRig::reply(200); };
    rig.settle();
    CHECK(rig.look(webhook.id).missed == 300);
    CHECK(rig.numbers().back() == 401);
    CHECK(rig.feed.counters().missed == 300);
}

TEST_CASE("there are only so many webhooks, and a request makes one however often it comes through")
{
    WebhooksRig rig;
    NewWebhook fresh;
    fresh.url = "https://receiver.example/hook";
    fresh.asked_by = "this request";
    const auto first = run(rig.webhooks.create(fresh));
    const auto second = run(rig.webhooks.create(fresh));
    CHECK(first->id == second->id);
    for (std::int64_t i = 1; i < most_webhooks; ++i)
        rig.add();
    fresh.asked_by.clear();
    const auto refused = run(rig.webhooks.create(fresh));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "VT-WHK-002");
    CHECK(run(rig.webhooks.list()).size() == std::size_t(most_webhooks));
}

TEST_CASE("a webhook that was restored from a backup waits for somebody to look")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    rig.happen();
    rig.pass();
    CHECK(run(pause_restored_webhooks(*rig.db)) == 1);
    CHECK(run(pause_restored_webhooks(*rig.db)) == 0);
    rig.settle();
    CHECK(rig.got.empty());
    CHECK(rig.look(webhook.id).reason_code == "restored");
    rig.set(webhook.id, Webhook::Status::active);
    rig.settle();
    CHECK(rig.numbers() == std::vector{1});
}

TEST_CASE("a delivery whose job was lost is found, and set going again")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    const VideoId video = rig.happen();
    rig.happen(video);
    rig.happen();
    rig.pass();
    CHECK(run(stranded_deliveries(*rig.db, "", 10)).empty());
    static constexpr Sql lose{"DELETE FROM jobs"};
    run(rig.db->write(lose));
    const auto stranded = run(stranded_deliveries(*rig.db, "", 10));
    REQUIRE(stranded.size() == 2); // one of each object
    CHECK(stranded.front().webhook == webhook.id);
    run(set_webhook_going(*rig.db, rig.queue, webhook.id));
    CHECK(run(stranded_deliveries(*rig.db, "", 10)).empty());
    rig.settle();
    CHECK(rig.got.size() == 3);
    CHECK(rig.look(webhook.id).pending == 0);
}

TEST_CASE("a change is refused where somebody else was quicker")
{
    WebhooksRig rig;
    const Webhook webhook = rig.add();
    const auto changed = run(rig.webhooks.change(
        webhook.id, {.url = {}, .description = "mine", .types = {}, .status = {}}, webhook.version));
    REQUIRE(changed);
    CHECK(changed->description == "mine");
    const auto late = run(rig.webhooks.change(webhook.id, {.url = {}, .description = "late", .types = {}, .status = {}},
                                              webhook.version));
    REQUIRE_FALSE(late);
    CHECK(late.error().code == "VT-WHK-006");
}

#ifdef VITRINA_FAIL_POINTS
TEST_CASE("interrupted at any step, everything arrives, in order, and nothing is made twice")
{
    for (const char* point : {"webhooks.feed.before_commit", "webhooks.feed.committed", "webhooks.deliver.before_send",
                              "webhooks.deliver.sent", "webhooks.deliver.before_commit"}) {
        for (int nth = 1; nth <= 6; ++nth) {
            CAPTURE(point);
            CAPTURE(nth);
            WebhooksRig rig;
            const Webhook webhook = rig.add();
            const VideoId video = rig.happen();
            rig.happen(video);
            rig.happen();
            rig.happen(video);
            configure_fail_points(std::string(point) + "=" + (nth > 1 ? std::to_string(nth - 1) + "*off->" : "") +
                                  "1*return->off");
            for (bool over = false; !over;) {
                try {
                    rig.settle();
                    over = true;
                } catch (const FailPointError&) {
                    rig.clock.advance(61s); // the lease of what died
                }
            }
            configure_fail_points("");
            std::vector<int> of_video;
            std::set<std::string> ids;
            for (std::size_t i = 0; i < rig.got.size(); ++i) {
                ids.insert(rig.got[i].id);
                if (rig.got[i].body.find(video.text()) != std::string::npos)
                    of_video.push_back(rig.numbers()[i]);
            }
            CHECK(ids.size() == 4);
            CHECK(std::ranges::is_sorted(of_video));
            CHECK(rig.got.size() <= 5);
            CHECK(rig.all(webhook.id).size() == 4);
            CHECK(rig.look(webhook.id).pending == 0);
        }
    }
}
#endif

#include "publishing/platforms/mastodon.hpp"

#include "publishing/platforms/code_grant.hpp"
#include "publishing/platforms/mastodon_post.hpp"
#include "publishing/platforms/waiting.hpp"
#include "unit/manual_clock.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

PublishOrder good_order()
{
    PublishOrder order;
    order.client_key = "key";
    order.title = "Cats";
    order.description = "Two of them";
    order.tags = {"one", "two words", "¡!", "ñandú"};
    order.size = 1000;
    order.content_type = "video/mp4";
    return order;
}

std::string committed_just_now(Instant now)
{
    const std::string at = std::to_string(now.time_since_epoch().count());
    return R"({"stage":"committing","text":"Cats","media":"7","committed_at":)" + at + R"(,"posted_at":)" + at + "}";
}

} // namespace

TEST_CASE("a status is made of what fits: the title, the description, the tags")
{
    CHECK(mastodon_text(good_order(), {}) == "Cats\n\nTwo of them\n\n#one #twowords #¡ #ñandú");
    CHECK(mastodon_text(good_order(), {.characters = 20}) == "Cats\n\nTwo of them");
    CHECK(mastodon_text(good_order(), {.characters = 12}) == "Cats\n\n#one");
    CHECK(mastodon_text(good_order(), {.characters = 3}) == "Cat");
    PublishOrder own = good_order();
    own.options = {{"text", "my words"}};
    CHECK(mastodon_text(own, {.characters = 3}) == "my words");
}

TEST_CASE("every address counts the same")
{
    CHECK(mastodon_characters("ñandú", 23) == 5);
    CHECK(mastodon_characters("see https://example.com/" + std::string(300, 'x') + " now", 23) == 4 + 23 + 4);
    CHECK(mastodon_characters("http://a https://b", 23) == 23 + 1 + 23);
}

TEST_CASE("the server's own limits are held against the post before a byte is sent, all at once")
{
    const ManualClock clock;
    const AccountFacts account{"https://mastodon.example", "42"};
    PublishOrder order = good_order();
    order.options = {{"text", "too long for that"}};
    const MastodonOptions options;
    MastodonPost post(order, account, "", options, clock);
    CHECK(std::get<Send>(post.resume()).credentials == Send::Credentials::none);
    const Step step = post.on_reply(
        {200,
         {},
         R"({"configuration":{"statuses":{"max_characters":10},"media_attachments":{"video_size_limit":999,"supported_mime_types":["video/webm"]}}})"});
    const auto& refused = std::get<Refused>(step);
    CHECK(refused.words ==
          "the text has 17 characters, the server takes 10; the video has 1000 bytes, the server takes 999; "
          "the server does not take video/mp4");
}

TEST_CASE("a post in doubt is not sent again while the server may still be at it: two at once would be two posts")
{
    ManualClock clock;
    const AccountFacts account{"https://mastodon.example", "42"};
    const PublishOrder order = good_order();
    const MastodonOptions options;
    const Instant begin = clock.now();
    const auto wait = [](const Step& step) { return std::get<Wait>(step); };
    std::string memory = committed_just_now(begin);
    {
        MastodonPost restarted(order, account, memory, options, clock);
        CHECK(wait(restarted.resume()).until == begin + 120s);
        clock.advance(119s);
        CHECK(wait(restarted.resume()).until == begin + 120s);
        clock.advance(1s);
        CHECK(std::get<Send>(restarted.resume()).purpose == Send::Purpose::reconcile);
        memory = restarted.memory(); // saved before it is sent
    }
    MastodonPost restarted(order, account, memory, options, clock); // killed while it asked again
    clock.advance(60s);
    CHECK(wait(restarted.resume()).until == begin + 240s);
    clock.advance(60s);
    CHECK(std::get<Send>(restarted.resume()).purpose == Send::Purpose::reconcile);
    clock.advance(5s);
    CHECK(wait(restarted.on_reply({502, {}, "<html>"})).until == begin + 360s);
    CHECK(wait(restarted.on_loss(Loss::unknown)).kind == Wait::Kind::transient);
    CHECK(restarted.stage() == PublicationState::committing);
}

TEST_CASE("P1: a no to the same post sent again does not prove that the first one was not made")
{
    ManualClock clock;
    const AccountFacts account{"https://mastodon.example", "42"};
    const PublishOrder order = good_order();
    const MastodonOptions options;
    const std::string committed = committed_just_now(clock.now());
    clock.advance(options.post_settles);
    MastodonPost post(order, account, committed, options, clock);
    CHECK(std::get<Send>(post.resume()).purpose == Send::Purpose::reconcile);

    SUBCASE("the token ended meanwhile: asked again once the account is connected")
    {
        CHECK(
            std::holds_alternative<Reconnect>(post.on_reply({401, {}, R"({"error":"The access token was revoked"})"})));
    }
    SUBCASE("anything else: the account's list is read")
    {
        const Step step = post.on_reply({422, {}, R"({"error":"Validation failed: media are attached already"})"});
        CHECK(std::get<Send>(step).method == "GET");
    }
    CHECK(post.stage() == PublicationState::committing);
}

TEST_CASE("a rate limit is waited for as long as the server says")
{
    const ManualClock clock;
    const Instant now = clock.now();
    CHECK(asked_to_wait_until({429, {{"X-RateLimit-Reset", "2026-03-01T12:05:00.000Z"}}, ""}, now) == now + 5min);
    CHECK(asked_to_wait_until({429, {{"retry-after", "Sun, 01 Mar 2026 12:01:00 GMT"}}, ""}, now) == now + 1min);
    CHECK(asked_to_wait_until({429, {{"Retry-After", "0"}}, ""}, now) == now + 1s);
    CHECK(asked_to_wait_until({429, {{"Retry-After", "999999"}}, ""}, now) == now + 24h);
    CHECK_FALSE(asked_to_wait_until({429, {{"Retry-After", "soon"}}, ""}, now));
    CHECK_FALSE(asked_to_wait_until({429, {}, ""}, now));
}

TEST_CASE("Mastodon: we register with the server, a person consents there, and the code is exchanged")
{
    const std::string base = "https://social.example";
    const auto mastodon = make_mastodon();
    const Consent& consent = *mastodon->consent();
    const Send registration = consent.register_app(base, "http://127.0.0.1:5000/back").value();
    CHECK(registration.url == base + "/api/v1/apps");
    CHECK(registration.before == "client_name=Vitrina&redirect_uris=http%3A%2F%2F127.0.0.1%3A5000%2Fback&scopes="
                                 "read%3Aaccounts%20read%3Astatuses%20write%3Amedia%20write%3Astatuses");
    const auto app = consent.on_registered({200, {}, R"({"client_id":"app","client_secret":"s3"})"});
    REQUIRE(app);
    CHECK_FALSE(consent.on_registered({422, {}, R"({"error":"Validation failed"})"}));
    CHECK_FALSE(consent.on_registered({200, {}, "<html>"}));

    const ConsentVisit visit{*app, base, "http://127.0.0.1:5000/back", "state", "verifier"};
    CHECK(consent.page(visit) ==
          base +
              "/oauth/authorize?response_type=code&client_id=app&redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fback"
              "&scope=read%3Aaccounts%20read%3Astatuses%20write%3Amedia%20write%3Astatuses&state=state"
              "&code_challenge=" +
              code_challenge("verifier") + "&code_challenge_method=S256");
    const auto exchange = consent.exchange(visit, "c1");
    CHECK(std::get<Send>(exchange->resume()).url == base + "/oauth/token");
    const auto who = std::get<Send>(
        exchange->on_reply({200, {}, R"({"access_token":"a","scope":"read:accounts read:statuses write"})"}));
    CHECK(who.url == base + "/api/v1/accounts/verify_credentials");
    const auto granted = std::get<Granted>(exchange->on_reply({200, {}, R"({"id":"7","username":"bob"})"}));
    REQUIRE(granted.identities.size() == 1);
    CHECK(granted.identities[0].remote_id == "7");
    CHECK(granted.identities[0].name == "@bob");
    CHECK_FALSE(granted.identities[0].expires_in);

    const auto fewer = consent.exchange(visit, "c2");
    fewer->resume();
    const auto end = fewer->on_reply({200, {}, R"({"access_token":"a","scope":"read write:media"})"});
    CHECK(std::get<NotGranted>(end).why.find("write:statuses") != std::string::npos);
    const auto refused = consent.exchange(visit, "c3");
    refused->resume();
    CHECK(std::holds_alternative<NotGranted>(
        refused->on_reply({400, {}, R"({"error":"invalid_grant","error_description":"The code is used."})"})));
}

#include "publishing/platforms/youtube.hpp"

#include "publishing/platforms/code_grant.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/stored_range.hpp"
#include "publishing/platforms/youtube_reply.hpp"
#include "unit/manual_clock.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

PublishOrder good_order()
{
    PublishOrder order;
    order.title = "Cats";
    order.size = 1'000'000;
    order.content_type = "video/mp4";
    return order;
}

std::vector<FieldError> broken(const PublishOrder& order)
{
    return make_youtube()->validate(order);
}

HttpReply error(int status, const std::string& reason)
{
    return {status, {}, R"({"error":{"code":1,"message":"words","errors":[{"reason":")" + reason + R"("}]}})"};
}

} // namespace

TEST_CASE("YouTube's limits are counted as YouTube counts")
{
    CHECK(broken(good_order()).empty());
    PublishOrder order = good_order();
    order.title = std::string(100, 'x');
    CHECK(broken(order).empty());
    for (int i = 0; i < 100; ++i)
        order.title.replace(std::size_t(i) * 2, 1, "ñ"); // 100 characters, 200 bytes
    CHECK(broken(order).empty());
    order.title += "x";
    order.description = std::string(5001, 'd');
    order.tags = {std::string(250, 'a'), std::string(250, 'b')}; // and a comma
    order.options = {{"privacy", "everyone"}, {"category", "cats"}, {"made_for_kids", "yes"}, {"colour", 1}};
    const auto errors = broken(order);
    std::string pointers;
    for (const FieldError& e : errors)
        pointers += e.pointer + " ";
    CHECK(pointers == "/privacy /made_for_kids /colour /title /description /tags /category ");

    PublishOrder tagged = good_order();
    tagged.tags = {std::string(247, 'a'), "b c " + std::string(246, 'd')}; // 247 + 250 + 1 + 2 quotes
    CHECK(broken(tagged).empty());
    tagged.tags[0] += "a";
    CHECK(broken(tagged).size() == 1);
    tagged.tags = {"<b>"};
    CHECK(broken(tagged).size() == 1);
    CHECK_THROWS_AS(make_youtube({.chunk = 1000}), std::invalid_argument);
}

TEST_CASE("a 308 says how many bytes are stored")
{
    CHECK(stored_bytes({308, {}, ""}) == 0);
    CHECK(stored_bytes({308, {{"range", "bytes=0-262143"}}, ""}) == 262144);
    for (const char* bad : {"bytes=1-5", "bytes=0-", "bytes=0-x", "0-5", "bytes=0-5,7-9",
                            "bytes=0-18446744073709551615", "bytes=0-99999999999999999999"})
        CHECK_FALSE(stored_bytes({308, {{"Range", bad}}, ""}));
}

TEST_CASE("YouTube's reasons mean what the person can do about them")
{
    const ManualClock clock;
    const Instant now = clock.now();
    const auto wait = [&](const HttpReply& reply) { return std::get<Wait>(youtube_trouble(reply, now)); };
    CHECK(wait(error(403, "quotaExceeded")).kind == Wait::Kind::quota);
    CHECK(rfc3339(*wait(error(403, "dailyLimitExceeded")).until) == "2026-03-02T08:00:00.000000Z");
    CHECK(wait(error(400, "uploadLimitExceeded")).until == now + 24h);
    CHECK(wait(error(403, "rateLimitExceeded")).kind == Wait::Kind::rate_limited);
    CHECK(wait({429, {{"Retry-After", "30"}}, ""}).until == now + 30s);
    CHECK(wait({503, {}, "<html>"}).kind == Wait::Kind::transient);
    CHECK(wait({413, {}, "<html>"}).kind == Wait::Kind::transient);
    CHECK(std::holds_alternative<Reconnect>(youtube_trouble({401, {}, ""}, now)));
    CHECK(std::holds_alternative<Reconnect>(youtube_trouble(error(403, "insufficientPermissions"), now)));
    CHECK(std::get<Refused>(youtube_trouble(error(401, "youtubeSignupRequired"), now)).kind ==
          Refused::Kind::not_permitted);
    const auto refused = std::get<Refused>(youtube_trouble(error(400, "invalidTitle"), now));
    CHECK(refused.kind == Refused::Kind::invalid_content);
    CHECK(refused.words == "words");
    CHECK(std::holds_alternative<Refused>(youtube_trouble({418, {}, "?"}, now)));
}

TEST_CASE("only what Google defines as a dead grant is one")
{
    const auto youtube = make_youtube();
    CHECK(std::holds_alternative<GrantDead>(youtube->on_refreshed({400, {}, R"({"error":"invalid_grant"})"})));
    for (const HttpReply& reply :
         {HttpReply{400, {}, R"({"error":"invalid_request"})"}, HttpReply{401, {}, R"({"error":"invalid_client"})"},
          HttpReply{500, {}, R"({"error":"invalid_grant"})"}, HttpReply{200, {}, "{}"}, HttpReply{200, {}, "<html>"}})
        CHECK(std::holds_alternative<RefreshLater>(youtube->on_refreshed(reply)));
    const auto fresh =
        std::get<FreshTokens>(youtube->on_refreshed({200, {}, R"({"access_token":"t","expires_in":3599})"}));
    CHECK(fresh.access_token.reveal() == "t");
    CHECK(fresh.refresh_token.empty());
    CHECK(fresh.expires_in == 3599s);

    const Grant grant{"", "id&1", Secret("s+2"), Secret("r 3")};
    CHECK(youtube->refresh(grant)->before ==
          "grant_type=refresh_token&refresh_token=r%203&client_id=id%261&client_secret=s%2B2");
}

TEST_CASE("YouTube's consent page, and what comes of its code")
{
    const ConsentVisit visit{{"app", Secret("s3")}, "", "http://127.0.0.1:5000/back", "state", "verifier"};
    const auto youtube = make_youtube();
    const std::string page = youtube->consent()->page(visit);
    CHECK(page.starts_with("https://accounts.google.com/o/oauth2/v2/auth?client_id=app&redirect_uri="
                           "http%3A%2F%2F127.0.0.1%3A5000%2Fback&response_type=code&scope="));
    CHECK(page.find("&state=state&access_type=offline&prompt=consent&") != std::string::npos);
    CHECK(page.ends_with("&code_challenge=" + code_challenge("verifier") + "&code_challenge_method=S256"));
    CHECK(page.find("s3") == std::string::npos);

    const auto exchange = youtube->consent()->exchange(visit, "c*1");
    const auto asked = std::get<Send>(exchange->resume());
    CHECK(asked.url == "https://oauth2.googleapis.com/token");
    CHECK(asked.before == "grant_type=authorization_code&code=c%2A1&client_id=app&client_secret=s3&redirect_uri="
                          "http%3A%2F%2F127.0.0.1%3A5000%2Fback&code_verifier=verifier");
    CHECK(asked.credentials == Send::Credentials::none);
    const std::string scopes = "https://www.googleapis.com/auth/youtube.force-ssl "
                               "https://www.googleapis.com/auth/youtube.upload";
    const auto who = std::get<Send>(exchange->on_reply({200,
                                                        {},
                                                        R"({"access_token":"a","refresh_token":"r","expires_in":3599,)"
                                                        R"("refresh_token_expires_in":604800,"scope":")" +
                                                            scopes + R"("})"}));
    CHECK(who.url == "https://www.googleapis.com/youtube/v3/channels?part=snippet&mine=true");
    CHECK(who.headers == HttpFields{{"Authorization", "Bearer a"}});
    const auto granted = std::get<Granted>(exchange->on_reply(
        {200, {}, R"({"items":[{"id":"UC1","snippet":{"title":"One"}},{"id":"UC2","snippet":{"title":"Two"}}]})"}));
    REQUIRE(granted.identities.size() == 2);
    CHECK(granted.identities[1].remote_id == "UC2");
    CHECK(granted.identities[1].name == "Two");
    CHECK(granted.identities[0].refresh_token.reveal() == "r");
    CHECK(granted.identities[0].expires_in == 3599s);
    CHECK(granted.identities[0].refresh_token_expires_in == 604'800s);

    SUBCASE("a permission that was unticked is named")
    {
        const auto fewer = youtube->consent()->exchange(visit, "c");
        fewer->resume();
        const auto end = fewer->on_reply(
            {200, {}, R"({"access_token":"a","scope":"https://www.googleapis.com/auth/youtube.upload"})"});
        CHECK(std::get<NotGranted>(end).why.find("youtube.force-ssl") != std::string::npos);
    }
    SUBCASE("no channel is the person's to mend, an outage is not")
    {
        const auto none = youtube->consent()->exchange(visit, "c");
        none->resume();
        none->on_reply({200, {}, R"({"access_token":"a","scope":")" + scopes + R"("})"});
        CHECK(std::holds_alternative<GrantLater>(none->on_reply({503, {}, "<html>"})));
        CHECK(std::holds_alternative<NotGranted>(none->on_reply({200, {}, R"({"items":[]})"})));
    }
    SUBCASE("a code that is not taken")
    {
        const auto spent = youtube->consent()->exchange(visit, "c");
        spent->resume();
        CHECK(std::get<NotGranted>(spent->on_reply({400, {}, R"({"error":"invalid_grant"})"})).why ==
              "Google says: invalid_grant");
        CHECK(std::holds_alternative<GrantLater>(spent->on_reply({502, {}, "<html>"})));
    }
}

#include "publishing/platforms/peertube.hpp"

#include "publishing/platforms/peertube_sign_in.hpp"
#include "publishing/platforms/peertube_upload.hpp"
#include "unit/manual_clock.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

namespace {

const std::string base = "https://peertube.example";
const HttpReply opened{201, {{"Location", "//peertube.example/api/v1/videos/upload-resumable?upload_id=u-1"}}, ""};
const HttpReply half{308, {{"Range", "bytes=0-599"}}, ""};
const HttpReply finished{200, {}, R"({"video":{"id":7,"uuid":"9c9de5e8-0a1e","shortUUID":"kkGMgK9Z"}})"};
const HttpReply unknown{404, {}, R"({"status":404,"detail":"Upload not found."})"};
const HttpReply no_videos{200, {}, R"({"total":0,"data":[]})"};

HttpReply in_state(int state, bool blacklisted = false)
{
    return {200,
            {},
            R"({"uuid":"9c9de5e8-0a1e","shortUUID":"kkGMgK9Z","state":{"id":)" + std::to_string(state) +
                R"(},"blacklisted":)" + (blacklisted ? "true}" : "false}")};
}

struct World {
    ManualClock clock;
    PublishOrder order;
    AccountFacts account{base, "12"};
    PeertubeOptions options{.chunk = 600};

    World()
    {
        order.client_key = "key";
        order.title = "Cats";
        order.tags = {"one"};
        order.size = 1000;
        order.content_type = "video/mp4";
        order.duration = 30s;
    }
    PeertubeUpload from(std::string_view memory) { return PeertubeUpload(order, account, memory, options, clock); }
    HttpReply listing(std::string_view title, int duration, Instant created)
    {
        const json::object video{{"uuid", "9c9de5e8-0a1e"},
                                 {"shortUUID", "kkGMgK9Z"},
                                 {"name", title},
                                 {"duration", duration},
                                 {"createdAt", rfc3339(created)}};
        return {200, {}, json::serialize(json::object{{"data", json::array{video}}})};
    }
    // What it remembers when the last byte is on its way.
    std::string committed()
    {
        PeertubeUpload upload = from("");
        upload.resume();
        upload.on_reply(opened);
        upload.on_reply(half);
        CHECK(upload.stage() == State::committing);
        return upload.memory();
    }
};

const Send& sent(const Step& step)
{
    return std::get<Send>(step);
}

} // namespace

TEST_CASE("PeerTube: pieces, the last of which makes the video; then its processing")
{
    World world;
    PeertubeUpload upload = world.from("");
    Step step = upload.resume();
    CHECK(sent(step).url == base + "/api/v1/videos/upload-resumable");
    const json::value asked = json::parse(sent(step).before);
    CHECK(asked.at("channelId") == 12);
    CHECK(asked.at("filename") == "key.mp4");
    CHECK_FALSE(asked.as_object().contains("description")); // empty is another thing than absent
    step = upload.on_reply(opened);
    CHECK(sent(step).url == base + "/api/v1/videos/upload-resumable?upload_id=u-1");
    CHECK(sent(step).purpose == Send::Purpose::ordinary);
    step = upload.on_reply(half);
    CHECK(upload.confirmed_bytes() == 600);
    CHECK(sent(step).purpose == Send::Purpose::commit);
    CHECK(sent(step).slice->length == 400);
    CHECK(std::get<Wait>(upload.on_reply(finished)).kind == Wait::Kind::processing);
    PeertubeUpload later = world.from(upload.memory());
    CHECK(sent(later.resume()).url == base + "/api/v1/videos/9c9de5e8-0a1e");
    CHECK(std::holds_alternative<Wait>(later.on_reply(in_state(2))));
    later.resume();
    CHECK(std::get<NeedsUser>(later.on_reply(in_state(1, true))).url == base + "/w/kkGMgK9Z");
    later.resume();
    CHECK(std::get<Published>(later.on_reply(in_state(1))).url == base + "/w/kkGMgK9Z");
    later.resume();
    CHECK(std::get<Refused>(later.on_reply(in_state(7))).code == "transcoding_failed");
}

TEST_CASE("PeerTube: what became of the last byte is asked of the upload")
{
    World world;
    const std::string memory = world.committed();
    PeertubeUpload upload = world.from(memory);
    const Step asked = upload.resume();
    CHECK(sent(asked).purpose == Send::Purpose::reconcile);
    CHECK(sent(asked).headers.back().second == "bytes */1000");
    SUBCASE("it has the video")
    {
        upload.on_reply(finished);
        CHECK(upload.stage() == State::confirming);
    }
    SUBCASE("it is at it")
    {
        const Step step = upload.on_reply({503, {{"Retry-After", "300"}}, ""});
        CHECK(std::get<Wait>(step).until == world.clock.now() + 300s);
        CHECK(upload.stage() == State::committing);
    }
    SUBCASE("the byte never came: the piece is sent once more")
    {
        CHECK(std::holds_alternative<Wait>(upload.on_reply(half)));
        CHECK(upload.stage() == State::uploading);
        upload.resume();
        CHECK(sent(upload.on_reply(half)).purpose == Send::Purpose::commit);
    }
    SUBCASE("it said no to the piece, and has no video")
    {
        PeertubeUpload refused = world.from("");
        refused.resume();
        refused.on_reply(opened);
        refused.on_reply(half);
        CHECK(sent(refused.on_reply({422, {}, R"({"detail":"Unprocessable video file"})"})).purpose ==
              Send::Purpose::reconcile);
        CHECK(std::get<Refused>(refused.on_reply(half)).words == "Unprocessable video file");
    }
}

TEST_CASE("PeerTube: an upload that is gone after its last byte: the user's list proves what became of it")
{
    World world;
    PeertubeUpload before = world.from(world.committed());
    before.resume();
    CHECK(std::holds_alternative<Wait>(before.on_reply(unknown)));
    CHECK(before.stage() == State::committing);
    PeertubeUpload upload = world.from(before.memory());
    const Instant committed = world.clock.now();
    world.clock.advance(60s);
    CHECK(sent(upload.resume()).purpose == Send::Purpose::reconcile);
    SUBCASE("it is there")
    {
        const Step step = upload.on_reply(world.listing("Cats", 30, committed));
        CHECK(sent(step).url == base + "/api/v1/videos/9c9de5e8-0a1e");
        CHECK(upload.posts_found() == 1);
    }
    SUBCASE("others are there, and after a second look it is sent anew")
    {
        CHECK(std::holds_alternative<Wait>(upload.on_reply(world.listing("Dogs", 30, committed))));
        world.clock.advance(60s);
        CHECK(sent(upload.resume()).purpose == Send::Purpose::reconcile);
        CHECK(sent(upload.on_reply(world.listing("Cats", 30, committed - 1h))).method == "POST");
        CHECK(upload.stage() == State::opening);
    }
    SUBCASE("one of the same name and another length is another one")
    {
        CHECK(std::holds_alternative<Wait>(upload.on_reply(world.listing("Cats", 90, committed))));
    }
    SUBCASE("what is no list proves nothing")
    {
        for (const HttpReply& reply : {HttpReply{500, {}, ""}, HttpReply{200, {}, "<html>"}, HttpReply{404, {}, ""}}) {
            CHECK(std::holds_alternative<Wait>(upload.on_reply(reply)));
            CHECK(upload.stage() == State::committing);
            upload.resume();
        }
    }
}

TEST_CASE("PeerTube: an upload that is lost on the way is begun anew, three times at most")
{
    World world;
    PeertubeUpload upload = world.from("");
    upload.resume();
    for (int i = 0; i < 2; ++i) {
        upload.on_reply(opened);
        CHECK(sent(upload.on_reply(unknown)).method == "POST");
    }
    upload.on_reply(opened);
    CHECK(std::get<Refused>(upload.on_reply(unknown)).code == "session_lost");
}

TEST_CASE("PeerTube: an upload that the server knows already is asked how far it is")
{
    World world;
    PeertubeUpload upload = world.from("");
    upload.resume();
    const Step step = upload.on_reply({200, opened.headers, ""});
    CHECK(sent(step).headers.back().second == "bytes */1000");
    CHECK(sent(upload.on_reply(half)).slice->offset == 600);
}

TEST_CASE("PeerTube: of an opened upload's address only the id is believed")
{
    const auto id = [](std::string location) {
        return peertube_upload_id({201, {{"Location", std::move(location)}}, ""});
    };
    CHECK(id("https://elsewhere.example/x?a=b&upload_id=u_1&c") == "u_1");
    CHECK(id("/api/v1/videos/upload-resumable?upload_id=u1#x") == "u1");
    for (const char* bad : {"", "/nothing", "?upload_id=", "?upload_id=../x", "?other_upload_id=1"}) {
        CAPTURE(bad);
        CHECK_FALSE(id(bad));
    }
    CHECK(rc::check("any address", [&id](const std::string& text) {
        if (const auto found = id(text))
            RC_ASSERT(!found->empty() && found->find_first_of("/?&#.% ") == std::string::npos);
    }));
}

TEST_CASE("PeerTube: errors and what they mean")
{
    const Instant now{};
    const auto of = [now](int status, std::string body) {
        return peertube_trouble({status, {}, std::move(body)}, now);
    };
    CHECK(std::get<Wait>(of(413, R"({"code":"quota_reached","detail":"full"})")).kind == Wait::Kind::quota);
    CHECK(std::get<Refused>(of(413, R"({"code":"max_file_size_reached","detail":"large"})")).words == "large");
    CHECK(std::get<Wait>(of(413, "<html>")).kind == Wait::Kind::transient);
    CHECK(std::get<Refused>(of(403, R"({"detail":"no"})")).kind == Refused::Kind::not_permitted);
    CHECK(std::get<Wait>(of(429, "{}")).kind == Wait::Kind::rate_limited);
    CHECK(std::holds_alternative<Reconnect>(of(401, R"({"code":"invalid_token"})")));
    CHECK(std::get<Wait>(of(502, "")).kind == Wait::Kind::transient);
}

TEST_CASE("PeerTube: limits are told before anything is sent")
{
    World world;
    const auto platform = make_peertube();
    CHECK(platform->validate(world.order).empty());
    world.order.title = "Hi";
    world.order.tags = {"1", "two", "three", "four", "five", "six"};
    world.order.options = {{"privacy", "friends"}, {"category", 19}, {"licence", 0}};
    CHECK(platform->validate(world.order).size() >= 5);
}

TEST_CASE("PeerTube: a name and a password become tokens for each channel, and are forgotten")
{
    const auto exchange = make_peertube()->sign_in({base, "alice", Secret("p&ss"), "123456"});
    CHECK(std::get<Send>(exchange->resume()).url == base + "/api/v1/oauth-clients/local");
    const ConsentStep login = exchange->on_reply({200, {}, R"({"client_id":"c","client_secret":"s"})"});
    CHECK(std::get<Send>(login).before.find("password=p%26ss") != std::string::npos);
    CHECK(std::get<Send>(login).headers.back() == std::pair<std::string, std::string>("x-peertube-otp", "123456"));
    const ConsentStep me = exchange->on_reply(
        {200, {}, R"({"access_token":"a","refresh_token":"r","expires_in":14399,"refresh_token_expires_in":1209600})"});
    CHECK(std::get<Send>(me).url == base + "/api/v1/users/me");
    const ConsentStep end = exchange->on_reply(
        {200, {}, R"({"videoChannels":[{"id":1,"displayName":"One"},{"id":2,"name":"two"},{"id":"x"}]})"});
    const Granted& granted = std::get<Granted>(end);
    REQUIRE(granted.identities.size() == 2);
    CHECK(granted.identities[1].remote_id == "2");
    CHECK(granted.identities[1].name == "two");
    CHECK(granted.identities[0].expires_in == 14399s);
    CHECK(granted.identities[0].app->client_id == "c");

    const auto wrong = make_peertube()->sign_in({base, "alice", Secret("wrong"), ""});
    wrong->resume();
    wrong->on_reply({200, {}, R"({"client_id":"c","client_secret":"s"})"});
    CHECK(std::holds_alternative<NotGranted>(wrong->on_reply({400, {}, R"({"code":"invalid_grant"})"})));
}

TEST_CASE("PeerTube: refresh tokens rotate, and only the server's word ends them")
{
    const auto platform = make_peertube();
    const Send send = *platform->refresh({base, "c", Secret("s"), Secret("r")});
    CHECK(send.before == "client_id=c&client_secret=s&grant_type=refresh_token&refresh_token=r");
    CHECK_FALSE(platform->refresh({base, "c", Secret("s"), Secret()}));
    const auto fresh = platform->on_refreshed({200, {}, R"({"access_token":"a","refresh_token":"r2"})"});
    CHECK(std::get<FreshTokens>(fresh).refresh_token.reveal() == "r2");
    CHECK(std::holds_alternative<GrantDead>(platform->on_refreshed({400, {}, R"({"code":"invalid_grant"})"})));
    CHECK(std::holds_alternative<RefreshLater>(platform->on_refreshed({502, {}, "<html>"})));
}

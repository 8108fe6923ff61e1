#include "core/digest.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;

namespace {

const std::string video(300'000, 'p');

class PeertubeClient {
public:
    explicit PeertubeClient(TestWorld& world, boost::json::object settings = {})
        : made(world.account("peertube", std::move(settings))),
          token(made.at("access_token").as_string()),
          world_(world)
    {
    }

    Ask ask(Method method, std::string target) const
    {
        Ask ask{method, "peertube.sandbox.test", std::move(target)};
        return ask.with("Authorization", "Bearer " + token);
    }

    std::string described(const std::string& more = "") const
    {
        return R"({"channelId":)" + std::to_string(made.at("channel_id").as_int64()) +
               R"(,"name":"Cats","filename":"x.mp4")" + more + "}";
    }

    Ask opening(std::size_t size, std::string body) const
    {
        Ask open = ask(Method::post, "/api/v1/videos/upload-resumable");
        open.with("Content-Type", "application/json").with("X-Upload-Content-Type", "video/mp4");
        open.with("X-Upload-Content-Length", std::to_string(size)).body = std::move(body);
        return open;
    }

    std::string open(std::size_t size)
    {
        const Answer opened = world_.send(opening(size, described()));
        REQUIRE(opened.status == 201);
        const std::string location(opened.headers.get("Location"));
        REQUIRE(location.starts_with("//peertube.sandbox.test/"));
        return location.substr(std::string_view("//peertube.sandbox.test").size());
    }

    Ask putting(const std::string& session, std::size_t first, std::size_t size) const
    {
        Ask put = ask(Method::put, session).with("Content-Type", "application/octet-stream");
        put.body = video.substr(first, size);
        return put.with("Content-Range", "bytes " + std::to_string(first) + "-" +
                                             std::to_string(first + put.body.size() - 1) + "/300000");
    }

    Answer probe(const std::string& session) const
    {
        return world_.send(ask(Method::put, session).with("Content-Range", "bytes */300000"));
    }

    std::string publish()
    {
        const Answer done = world_.send(putting(open(video.size()), 0, video.size()));
        REQUIRE(done.status == 200);
        return std::string(done.json().at("video").at("uuid").as_string());
    }

    boost::json::object made;
    std::string token;

private:
    TestWorld& world_;
};

std::string login_form(const boost::json::object& made, std::initializer_list<std::pair<const char*, std::string>> more)
{
    std::string form = "client_id=" + std::string(made.at("client_id").as_string()) +
                       "&client_secret=" + std::string(made.at("client_secret").as_string());
    for (const auto& [name, value] : more)
        form += std::string("&") + name + "=" + value;
    return form;
}

Ask token_request(std::string form)
{
    Ask ask{Method::post, "peertube.sandbox.test", "/api/v1/users/token"};
    ask.body = std::move(form);
    return ask.with("Content-Type", "application/x-www-form-urlencoded");
}

} // namespace

TEST_CASE("a PeerTube upload in pieces becomes one video that is published once transcoded")
{
    TestWorld world;
    PeertubeClient client(world);
    const std::string session = client.open(video.size());
    CHECK(client.probe(session).headers.find("Range") == std::nullopt);
    CHECK(world.send(client.putting(session, 0, 100'001)).headers.get("Range") == "bytes=0-100000");
    CHECK(world.send(client.putting(session, 0, 100'001)).status == 409);
    Ask broken = client.putting(session, 100'001, 199'999);
    broken.breaks_at = 12'345;
    CHECK_THROWS_AS(world.send(broken), Disconnected);
    CHECK(client.probe(session).headers.get("Range") == "bytes=0-112345"); // uploadx keeps every byte
    const Answer done = world.send(client.putting(session, 112'346, 199'999));
    CHECK(done.status == 200);
    const std::string uuid(done.json().at("video").at("uuid").as_string());
    CHECK(client.probe(session).json() == done.json());
    REQUIRE(world.ledger.list().size() == 1);
    CHECK(world.ledger.list()[0].sha256 == sha256_hex(video));

    const Ask show = client.ask(Method::get, "/api/v1/videos/" + uuid);
    CHECK(world.send(show).json().at("state").at("id") == 2);
    world.clock.advance(10s);
    CHECK(world.send(show).json().at("state").at("id") == 1);
    world.clock.advance(15min);
    CHECK(client.probe(session).status == 404); // the answer is not remembered for ever
}

TEST_CASE("the same opening again is the same upload")
{
    TestWorld world;
    PeertubeClient client(world);
    client.open(video.size());
    CHECK(world.send(client.opening(video.size(), client.described())).status == 200);
    CHECK(world.uploads.list().size() == 1);
}

TEST_CASE("bad openings and puts are refused")
{
    TestWorld world;
    PeertubeClient client(world);
    for (const char* more :
         {R"(,"description":"ab")", R"(,"support":"x")", R"(,"tags":["a"])",
          R"(,"tags":["aa","bb","cc","dd","ee","ff"])", R"(,"privacy":6)", R"(,"privacy":5)", R"(,"privacy":"1")",
          R"(,"commentsPolicy":4)", R"(,"title":"x")", R"(,"scheduleUpdate":{"privacy":1})", R"(,"category":99)",
          R"(,"language":"")", R"(,"originallyPublishedAt":"yesterday")"}) {
        CAPTURE(more);
        const Answer answer = world.send(client.opening(10, client.described(more)));
        CHECK(answer.status == 400);
        CHECK(answer.json().contains("invalid-params"));
    }
    CHECK(world.send(client.opening(10, R"({"channelId":1,"name":"Cats","filename":"x"})")).status == 400);
    CHECK(world.send(client.opening(10, client.described()).with("X-Upload-Content-Type", "image/png")).status == 415);
    CHECK(world.send(client.opening(10, client.described()).with("X-Upload-Content-Length", "")).status == 400);
    CHECK(world.send(client.opening(1ull << 40, client.described())).text("code") == "max_file_size_reached");
    CHECK(world.send(client.opening(10, client.described()).with("Authorization", "Bearer x")).text("code") ==
          "invalid_token");

    const std::string session = client.open(video.size());
    const auto status = [&](Ask ask) { return world.send(ask).status; };
    CHECK(status(client.putting(session, 0, 10).with("Content-Type", "video/mp4")) == 415);
    CHECK(status(client.putting(session, 0, 10).with("Content-Range", "")) == 400);
    CHECK(status(client.putting(session, 0, 10).with("Content-Range", "bytes 0-10/300000")) == 400);
    CHECK(status(client.putting(session, 0, 10).with("Content-Range", "bytes 0-9/300001")) == 400);
    CHECK(status(client.putting(session + "x", 0, 10)) == 404);
    CHECK(status(client.putting(session, 10, 10)) == 409);
    CHECK(world.ledger.list().empty());
}

TEST_CASE("an upload can be cancelled or lost")
{
    TestWorld world;
    PeertubeClient client(world);
    const std::string session = client.open(video.size());
    CHECK(world.send(client.ask(Method::del, session).with("Content-Length", "0")).status == 204);
    CHECK(client.probe(session).status == 404);
    const std::string lost = client.open(video.size());
    world.script(R"({"match":"upload.put","fault":"session_lost"})");
    CHECK(world.send(client.putting(lost, 0, 10)).status == 404);
    CHECK(world.uploads.list().empty());
}

TEST_CASE("tokens rotate: a refresh token works once and only the newest pair lives")
{
    TestWorld world;
    PeertubeClient client(world);
    const std::string refresh(client.made.at("refresh_token").as_string());
    const Ask ask =
        token_request(login_form(client.made, {{"grant_type", "refresh_token"}, {"refresh_token", refresh}}));
    const Answer fresh = world.send(ask);
    CHECK(fresh.json().at("expires_in") == 14'399);
    CHECK(world.send(ask).text("code") == "invalid_grant");
    CHECK(world.send(client.ask(Method::get, "/api/v1/users/me")).status == 401);
    client.token = fresh.text("access_token");
    CHECK(world.send(client.ask(Method::get, "/api/v1/users/me")).status == 200);
    world.clock.advance(4h);
    CHECK(world.send(client.ask(Method::get, "/api/v1/users/me")).status == 401);
    world.clock.advance(14 * 24h);
    const std::string old = fresh.text("refresh_token");
    CHECK(world.send(token_request(login_form(client.made, {{"grant_type", "refresh_token"}, {"refresh_token", old}})))
              .status == 400);
}

TEST_CASE("a login asks for the second factor")
{
    TestWorld world;
    const auto made = world.account("peertube", {{"otp", "123456"}});
    const std::string password(made.at("password").as_string());
    Ask ask = token_request(login_form(
        made, {{"grant_type", "password"}, {"response_type", "code"}, {"username", "alice"}, {"password", password}}));
    CHECK(world.send(ask).text("code") == "missing_two_factor");
    CHECK(world.send(ask.with("x-peertube-otp", "1")).text("code") == "invalid_two_factor");
    CHECK(world.send(ask.with("x-peertube-otp", "123456")).status == 200);
    ask.body.pop_back();
    CHECK(world.send(ask).text("code") == "invalid_grant");
}

TEST_CASE("failed transcoding, moderation, privacy and deletion show")
{
    TestWorld world;
    PeertubeClient client(world, {{"moderated", true}});
    world.script(R"({"match":"accepted","fault":"processing_fails:codec"})");
    const std::string uuid = client.publish();
    world.clock.advance(10s);
    const Ask show = client.ask(Method::get, "/api/v1/videos/" + uuid);
    CHECK(world.send(show).json().at("state").at("id") == 7);
    CHECK(world.send(show).json().at("blacklisted") == true);
    CHECK(world.send({Method::get, "peertube.sandbox.test", "/api/v1/videos/" + uuid}).status == 401);

    Ask edit = client.ask(Method::put, "/api/v1/videos/" + uuid).with("Content-Type", "application/json");
    edit.body = R"({"name":"Dogs","privacy":3})";
    CHECK(world.send(edit).status == 204);
    CHECK(world.ledger.list()[0].title == "Dogs");
    CHECK(world.ledger.list()[0].privacy == "private");
    const Answer mine = world.send(client.ask(Method::get, "/api/v1/users/me/videos?sort=-createdAt&count=10"));
    CHECK(mine.json().at("data").at(0).at("uuid") == uuid.c_str());
    CHECK(world.send(client.ask(Method::del, "/api/v1/videos/" + uuid)).status == 204);
    CHECK(world.send(client.ask(Method::del, "/api/v1/videos/" + uuid)).status == 404);
}

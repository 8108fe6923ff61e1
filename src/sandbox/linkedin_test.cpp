#include "core/digest.hpp"
#include "http/form.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* api = "api.linkedin.com";
constexpr const char* files = "dms-uploads.www.linkedin.com";
const std::string video(5'000'000, 'l');
constexpr std::size_t part = 4'194'304;

// A publisher that does everything right, for tests to make one thing wrong.
class LinkedinClient {
public:
    explicit LinkedinClient(TestWorld& world, json::object settings = {})
        : made(world.account("linkedin", std::move(settings))),
          token(made.at("access_token").as_string()),
          author(made.at("remote_id").as_string()),
          world_(world)
    {
    }

    Ask call(Method method, const std::string& target, std::string body = "") const
    {
        Ask ask{method, api, target};
        ask.with("Authorization", "Bearer " + token).with("LinkedIn-Version", "202609");
        ask.with("X-Restli-Protocol-Version", "2.0.0");
        if (!body.empty())
            ask.with("Content-Type", "application/json");
        ask.body = std::move(body);
        return ask;
    }
    json::object open() const
    {
        const Answer answer = world_.send(call(Method::post, "/rest/videos?action=initializeUpload",
                                               R"({"initializeUploadRequest":{"owner":")" + author +
                                                   R"(","fileSizeBytes":)" + std::to_string(video.size()) + "}}"));
        REQUIRE(answer.status == 200);
        return answer.json().at("value").as_object();
    }
    static Ask putting(const json::object& opened, std::size_t index)
    {
        const std::string url(opened.at("uploadInstructions").at(index).at("uploadUrl").as_string());
        Ask ask{Method::put, files, url.substr(url.find("/v/"))};
        ask.with("Content-Type", "application/octet-stream");
        ask.body = video.substr(index * part, part);
        return ask;
    }
    Answer close(const std::string& urn, const json::array& parts) const
    {
        const json::object body{
            {"finalizeUploadRequest", {{"video", urn}, {"uploadToken", ""}, {"uploadedPartIds", parts}}}};
        return world_.send(call(Method::post, "/rest/videos?action=finalizeUpload", json::serialize(body)));
    }
    std::string status(const std::string& urn) const
    {
        return world_.send(call(Method::get, "/rest/videos/" + form_encode(urn))).text("status");
    }
    // A video that is ready to be posted.
    std::string upload() const
    {
        const json::object opened = open();
        json::array parts;
        for (std::size_t i = 0; i < 2; ++i) {
            std::string etag(world_.send(putting(opened, i)).headers.get("ETag"));
            std::erase(etag, '"');
            parts.emplace_back(etag);
        }
        const std::string urn(opened.at("video").as_string());
        REQUIRE(close(urn, parts).status == 200);
        world_.clock.advance(10s);
        return urn;
    }
    Answer post(const std::string& urn, const std::string& text = "Cats") const
    {
        const json::object body{{"author", author},
                                {"commentary", text},
                                {"visibility", "PUBLIC"},
                                {"distribution",
                                 {{"feedDistribution", "MAIN_FEED"},
                                  {"targetEntities", json::array()},
                                  {"thirdPartyDistributionChannels", json::array()}}},
                                {"content", {{"media", {{"id", urn}}}}},
                                {"lifecycleState", "PUBLISHED"}};
        return world_.send(call(Method::post, "/rest/posts", json::serialize(body)));
    }
    Answer list() const
    {
        return world_.send(
            call(Method::get, "/rest/posts?q=author&author=" + form_encode(author) + "&count=10&sortBy=CREATED"));
    }

    json::object made;
    std::string token, author;

private:
    TestWorld& world_;
};

} // namespace

TEST_CASE("a video goes to LinkedIn in the parts it names, is processed and posted")
{
    TestWorld world;
    const LinkedinClient client(world, {{"organisation", true}});
    const json::object opened = client.open();
    CHECK(opened.at("uploadInstructions").as_array().size() == 2);
    CHECK(opened.at("uploadInstructions").at(1).at("lastByte").as_int64() > std::int64_t(video.size()));
    const std::string urn(opened.at("video").as_string());
    CHECK(client.status(urn) == "WAITING_UPLOAD");
    json::array parts;
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(world.send(client.putting(opened, i)).status == 200); // and once more, as if its answer was lost
        const std::string etag(world.send(client.putting(opened, i)).headers.get("ETag"));
        REQUIRE(etag.front() == '"');
        parts.emplace_back(etag.substr(1, etag.size() - 2));
    }
    CHECK(client.close(urn, {parts[1], parts[0]}).status == 400);
    CHECK(client.close(urn, parts).status == 200);
    CHECK(client.status(urn) == "PROCESSING");
    CHECK(client.post(urn).json().at("code") == "MEDIA_ASSET_WAITING_UPLOAD");
    world.clock.advance(10s);
    CHECK(client.status(urn) == "AVAILABLE");
    const Answer posted = client.post(urn, "Cats \\(two\\) #cats");
    CHECK(posted.status == 201);
    CHECK(posted.body == "");
    REQUIRE(world.ledger.list().size() == 1);
    const Post post = world.ledger.list()[0];
    CHECK(posted.headers.get("x-restli-id") == "urn:li:share:" + post.id);
    CHECK(post.sha256 == sha256_hex(video));
    CHECK(client.list().json().at("elements").at(0).at("content").at("media").at("id").as_string() == urn);
    CHECK(world.send({Method::get, "www.linkedin.com", "/feed/update/urn:li:share:" + post.id + "/"}).status == 200);
    const Answer again = client.post(client.upload(), "Cats \\(two\\) #cats");
    CHECK(again.status == 422);
    CHECK(again.body.find("duplicate of urn:li:share:" + post.id) != again.body.npos);
    Ask remove = client.call(Method::del, "/rest/posts/" + form_encode("urn:li:share:" + post.id));
    CHECK(world.send(remove).status == 400);
    CHECK(world.send(remove.with("X-RestLi-Method", "DELETE")).status == 204);
    CHECK(world.send(remove).status == 204);
    CHECK(client.list().json().at("elements").as_array().empty());
}

TEST_CASE("a member of LinkedIn's posts, and cannot read it")
{
    TestWorld world;
    const LinkedinClient client(world);
    const Answer posted = client.post(client.upload());
    CHECK(posted.status == 201);
    CHECK(client.list().status == 403);
    const std::string urn(posted.headers.get("x-restli-id"));
    CHECK(world.send(client.call(Method::get, "/rest/posts/" + form_encode(urn))).status == 403);
}

TEST_CASE("the text of a post of LinkedIn's can be changed, and nothing else of it")
{
    TestWorld world;
    const LinkedinClient client(world);
    const std::string urn(client.post(client.upload()).headers.get("x-restli-id"));
    const auto update = [&](const std::string& patch, const std::string& method = "PARTIAL_UPDATE") {
        Ask ask = client.call(Method::post, "/rest/posts/" + form_encode(urn), R"({"patch":)" + patch + "}");
        return world.send(ask.with("X-RestLi-Method", method)).status;
    };
    CHECK(update(R"({"$set":{"commentary":"Dogs"}})", "UPDATE") == 400);
    CHECK(update(R"({"$set":{"visibility":"PUBLIC"}})") == 400);
    CHECK(update(R"x({"$set":{"commentary":"Dogs (two)"}})x") == 400); // unescaped
    CHECK(update(R"({"$set":{"commentary":"Dogs"}})") == 204);
    CHECK(update(R"({"$set":{"commentary":"Dogs"}})") == 204);
    CHECK(world.ledger.list().front().text == "Dogs");
}

TEST_CASE("what LinkedIn refuses")
{
    TestWorld world;
    const LinkedinClient client(world);
    Ask old = client.call(Method::get, "/rest/videos/x");
    CHECK(world.send(old.with("LinkedIn-Version", "202506")).status == 426);
    const json::object opened = client.open();
    Ask with_token = client.putting(opened, 0);
    CHECK(world.send(with_token.with("Authorization", "Bearer " + client.token)).status == 400);
    Ask short_one = client.putting(opened, 0);
    short_one.body.pop_back();
    CHECK(world.send(short_one).status == 400);
    world.script(R"({"network":"linkedin","match":"video.put","fault":"session_lost"})");
    CHECK(world.send(client.putting(opened, 0)).status == 403);
    const std::string urn = client.upload();
    for (const char* text : {"Cats (two)", "Cats_two", "<b>", "@alice"}) {
        CAPTURE(text);
        CHECK(client.post(urn, text).status == 400);
    }
    CHECK(client.post(urn, std::string(3001, 'a')).json().at("code") == "FIELD_LENGTH_TOO_LONG");
    CHECK(client.post("urn:li:video:none").json().at("code") == "INVALID_URN_ID");
    const LinkedinClient other(world, {{"name", "bob"}});
    CHECK(other.post(urn).json().at("code") == "INVALID_URN_ID");
    world.script(R"({"network":"linkedin","match":"posts.create","fault":"quota_exceeded"})");
    const Answer over = client.post(urn);
    CHECK(over.status == 429);
    CHECK_FALSE(over.headers.find("Retry-After")); // it says neither how many nor until when
    CHECK(world.ledger.list().empty());
}

TEST_CASE("LinkedIn's refresh token stays, and its end where it was; most apps get none")
{
    TestWorld world;
    const LinkedinClient client(world);
    Ask refresh{Method::post, "www.linkedin.com", "/oauth/v2/accessToken"};
    refresh.with("Content-Type", "application/x-www-form-urlencoded");
    refresh.body = "grant_type=refresh_token&client_id=" + std::string(client.made.at("client_id").as_string()) +
                   "&client_secret=" + std::string(client.made.at("client_secret").as_string()) +
                   "&refresh_token=" + std::string(client.made.at("refresh_token").as_string());
    world.clock.advance(60 * 24h);
    CHECK(client.list().status == 401);
    const Answer fresh = world.send(refresh);
    CHECK(fresh.status == 200);
    CHECK(fresh.text("refresh_token") == client.made.at("refresh_token").as_string());
    CHECK(fresh.json().at("refresh_token_expires_in") == 31'536'000 - 5'184'000);
    world.clock.advance(306 * 24h);
    CHECK(world.send(refresh).text("error") == "invalid_grant");
    const LinkedinClient usual(world, {{"name", "bob"}, {"approved", false}});
    CHECK(usual.made.at("refresh_token") == "");
}

TEST_CASE("LinkedIn's consent page takes no challenge, and known scopes")
{
    TestWorld world;
    const LinkedinClient client(world);
    const std::string page =
        "/oauth/v2/authorization?response_type=code&client_id=" + std::string(client.made.at("client_id").as_string()) +
        "&redirect_uri=" + form_encode("http://127.0.0.1:5000/back") + "&state=s&scope=";
    CHECK(world.send({Method::get, "www.linkedin.com", page + "openid%20profile"}).status == 200);
    CHECK(world.send({Method::get, "www.linkedin.com", page + "r_liteprofile"}).status == 400);
    CHECK(world.send({Method::get, "www.linkedin.com", page + "openid&code_challenge=x"}).status == 400);
}

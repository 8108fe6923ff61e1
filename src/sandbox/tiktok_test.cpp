#include "core/digest.hpp"
#include "http/form.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* api = "open.tiktokapis.com";
constexpr std::string_view upload_host = "https://open-upload.tiktokapis.com";
const std::string video(11'000'000, 't');

// A publisher that does everything right, for tests to make one thing wrong.
class TiktokClient {
public:
    explicit TiktokClient(TestWorld& world, json::object settings = {})
        : made(world.account("tiktok", std::move(settings))), token(made.at("access_token").as_string()), world_(world)
    {
    }

    Ask call(const std::string& path, std::string body) const
    {
        Ask ask{Method::post, api, "/v2/post/publish/" + path + "/"};
        ask.with("Authorization", "Bearer " + token).with("Content-Type", "application/json; charset=UTF-8");
        ask.body = std::move(body);
        return ask;
    }
    Answer creator_info() const { return world_.send(call("creator_info/query", "{}")); }

    static std::string source(std::size_t size, std::size_t chunk)
    {
        return R"("source_info":{"source":"FILE_UPLOAD","video_size":)" + std::to_string(size) + R"(,"chunk_size":)" +
               std::to_string(chunk) + R"(,"total_chunk_count":)" + std::to_string(size / chunk) + "}";
    }
    Answer init(const std::string& post_info, const std::string& source_info = source(video.size(), 5'000'000)) const
    {
        creator_info();
        return world_.send(call("video/init", "{" + post_info + "," + source_info + "}"));
    }
    // The upload's target, without the host.
    std::string open(const std::string& source_info = source(video.size(), 5'000'000))
    {
        const Answer opened = init(public_post, source_info);
        REQUIRE(opened.status == 200);
        return remember(opened);
    }
    std::string remember(const Answer& opened)
    {
        const json::value data = opened.json().at("data");
        publish_id = data.at("publish_id").as_string();
        CHECK(publish_id.size() <= 64);
        const std::string url(data.at("upload_url").as_string());
        REQUIRE(url.starts_with(upload_host));
        CHECK(url.size() <= 256);
        return url.substr(upload_host.size());
    }

    static Ask putting(const std::string& upload, std::size_t first, std::size_t size)
    {
        Ask put{Method::put, "open-upload.tiktokapis.com", upload};
        put.body = video.substr(first, size);
        put.with("Content-Type", "video/mp4");
        return put.with("Content-Range", "bytes " + std::to_string(first) + "-" +
                                             std::to_string(first + put.body.size() - 1) + "/" +
                                             std::to_string(video.size()));
    }
    void send_all(const std::string& upload) const
    {
        REQUIRE(world_.send(putting(upload, 0, 5'000'000)).status == 206);
        REQUIRE(world_.send(putting(upload, 5'000'000, 6'000'000)).status == 201);
    }
    json::object status() const
    {
        const Answer answer = world_.send(call("status/fetch", R"({"publish_id":")" + publish_id + "\"}"));
        CHECK(answer.json().at("error").at("code") == "ok");
        return answer.json().at("data").as_object();
    }

    static constexpr const char* public_post = R"("post_info":{"title":"Cats","privacy_level":"PUBLIC_TO_EVERYONE"})";
    json::object made;
    std::string token, publish_id;

private:
    TestWorld& world_;
};

std::string code(const Answer& answer)
{
    return std::string(answer.json().at("error").at("code").as_string());
}

} // namespace

TEST_CASE("the last byte of a TikTok upload makes the post; its number comes later")
{
    TestWorld world;
    TiktokClient client(world);
    const std::string upload = client.open();
    CHECK(client.status().at("status") == "PROCESSING_UPLOAD");
    CHECK(client.status().at("uploaded_bytes") == 0);
    const Answer first = world.send(client.putting(upload, 0, 5'000'000));
    CHECK(first.status == 206);
    CHECK(first.headers.get("Content-Range") == "bytes 0-4999999/11000000");
    CHECK(world.ledger.list().empty());
    const Answer last = world.send(client.putting(upload, 5'000'000, 6'000'000));
    CHECK(last.status == 201);
    REQUIRE(world.ledger.list().size() == 1);
    const Post post = world.ledger.list()[0];
    CHECK(post.sha256 == sha256_hex(video));
    CHECK(post.text == "Cats");
    CHECK(post.source == client.publish_id);

    CHECK(client.status().at("status") == "PROCESSING_UPLOAD");
    world.clock.advance(10s);
    CHECK(client.status().at("status") == "PUBLISH_COMPLETE");
    CHECK_FALSE(client.status().contains("publicaly_available_post_id"));
    world.clock.advance(10s);
    const std::int64_t number = client.status().at("publicaly_available_post_id").at(0).as_int64();
    CHECK(std::to_string(number) == post.id);
    CHECK(number > (std::int64_t(1) << 53));
    CHECK(world.send({Method::get, "www.tiktok.com", "/@alice/video/" + post.id}).status == 200);
    CHECK(world.send({Method::get, "www.tiktok.com", "/@bob/video/" + post.id}).status == 404);
    CHECK(world.send(client.putting(upload, 5'000'000, 6'000'000)).status == 416);
    CHECK(world.ledger.list().size() == 1);
}

TEST_CASE("an upload that broke off goes on at TikTok's count of the bytes")
{
    TestWorld world;
    TiktokClient client(world);
    const std::string upload = client.open();
    Ask broken = client.putting(upload, 0, 5'000'000);
    broken.breaks_at = 123'456;
    CHECK_THROWS_AS(world.send(broken), Disconnected);
    CHECK(client.status().at("uploaded_bytes") == 123'456);
    CHECK(world.send(client.putting(upload, 0, 5'000'000)).status == 416);
    // What is left of the chunk is too small for a piece: it comes with the next.
    CHECK(world.send(client.putting(upload, 123'456, 4'876'544)).status == 400);
    CHECK(world.send(client.putting(upload, 123'456, video.size() - 123'456)).status == 201);
    CHECK(world.ledger.list()[0].sha256 == sha256_hex(video));

    const std::string forgetful = client.open();
    world.script(R"({"match":"video.upload","fault":"keep:0"})");
    const Answer nothing = world.send(client.putting(forgetful, 0, 5'000'000));
    CHECK(nothing.status == 206);
    CHECK_FALSE(nothing.headers.find("Content-Range"));
}

TEST_CASE("bad pieces are refused")
{
    TestWorld world;
    TiktokClient client(world);
    const std::string upload = client.open();
    const Ask good = client.putting(upload, 0, 5'000'000);
    const auto with = [&](const char* name, const char* value) {
        return world.send(Ask(good).with(name, value)).status;
    };
    CHECK(with("Authorization", "Bearer x") == 400);
    CHECK(with("Content-Type", "application/octet-stream") == 400);
    CHECK(with("Content-Range", "bytes 0-4999998/11000000") == 400);
    CHECK(with("Content-Range", "bytes 0-4999999/11000001") == 400);
    CHECK(with("Content-Range", "bytes */11000000") == 400);
    for (const auto& [first, size] : {std::pair{0, 5'000'001}, {0, 10'000'000}, {0, 4'999'999}, {0, 11'000'000}})
        CHECK(world.send(client.putting(upload, std::size_t(first), std::size_t(size))).status == 400);
    CHECK(world.send(client.putting(upload, 5'000'000, 6'000'000)).status == 416);
    CHECK(world.send(client.putting(upload + "x", 0, 5'000'000)).status == 403);
    CHECK(world.send(client.putting("/video/?upload_id=v_pub_file~1&upload_token=x", 0, 5'000'000)).status == 404);
    Ask chunked = good;
    chunked.measured = false;
    CHECK(world.send(chunked.with("Transfer-Encoding", "chunked")).status == 411);
    CHECK(client.status().at("uploaded_bytes") == 0);
    CHECK(world.send(good).status == 206);
}

TEST_CASE("an upload's address is good for an hour")
{
    TestWorld world;
    TiktokClient client(world);
    const std::string upload = client.open();
    world.clock.advance(1h);
    CHECK(world.send(client.putting(upload, 0, 5'000'000)).status == 403);
    CHECK(client.status().at("status") == "PROCESSING_UPLOAD");
    const std::string lost = client.open();
    world.script(R"({"match":"video.upload","fault":"session_lost"})");
    for (int again = 0; again < 2; ++again)
        CHECK(world.send(client.putting(lost, 0, 5'000'000)).status == 403);
}

TEST_CASE("a post is held against what the account may do")
{
    TestWorld world;
    TiktokClient client(world, {{"private", true}, {"duet", false}, {"longest", 60}});
    const json::value info = client.creator_info().json().at("data");
    CHECK(json::serialize(info.at("privacy_level_options")) ==
          R"(["FOLLOWER_OF_CREATOR","MUTUAL_FOLLOW_FRIENDS","SELF_ONLY"])");
    CHECK(info.at("duet_disabled") == true);
    CHECK(info.at("max_video_post_duration_sec") == 60);
    CHECK(code(client.init(TiktokClient::public_post)) == "privacy_level_option_mismatch");
    const auto to_myself = [](const std::string& more) {
        return R"("post_info":{"privacy_level":"SELF_ONLY")" + more + "}";
    };
    CHECK(code(client.init(to_myself(""))) == "invalid_params"); // duets are off
    CHECK(code(client.init(to_myself(R"(,"disable_duet":true)"))) == "ok");
    for (const char* more : {R"(,"brand_content_toggle":true)", R"(,"caption":"x")", R"(,"title":1)",
                             R"(,"is_aigc":"no")", R"(,"video_cover_timestamp_ms":-1)"}) {
        CAPTURE(more);
        CHECK(code(client.init(to_myself(std::string(R"(,"disable_duet":true)") + more))) == "invalid_params");
    }
    const std::string long_title(2201, 'x');
    CHECK(code(client.init(to_myself(R"(,"disable_duet":true,"title":")" + long_title + '"'))) == "invalid_params");
    TiktokClient unaudited(world, {{"name", "carol"}, {"audited", false}});
    CHECK(code(unaudited.init(TiktokClient::public_post)) == "unaudited_client_can_only_post_to_private_accounts");
    CHECK(code(unaudited.init(to_myself(""))) == "ok");
}

TEST_CASE("an upload is announced in chunks that TikTok takes, right after creator_info")
{
    TestWorld world;
    TiktokClient client(world);
    for (const std::string& source :
         {TiktokClient::source(11'000'000, 4'999'999), TiktokClient::source(64'000'001, 64'000'001),
          TiktokClient::source(200'000'000, 64'000'001), TiktokClient::source(4'000'000'001, 10'000'000),
          std::string(R"("source_info":{"source":"FILE_UPLOAD","video_size":9,"chunk_size":9,"total_chunk_count":2})"),
          std::string(R"("source_info":{"source":"FILE_UPLOAD","video_size":9})")}) {
        CAPTURE(source);
        CHECK(code(client.init(TiktokClient::public_post, source)) == "invalid_params");
    }
    CHECK(code(client.init(TiktokClient::public_post,
                           R"("source_info":{"source":"PULL_FROM_URL","video_url":"https://a.example/v.mp4"})")) ==
          "url_ownership_unverified");
    CHECK(code(client.init(TiktokClient::public_post, TiktokClient::source(9, 9))) == "ok");
    const Ask again = client.call("video/init", std::string("{") + TiktokClient::public_post + "," +
                                                    TiktokClient::source(9, 9) + "}");
    CHECK(code(world.send(again)) == "invalid_params"); // creator_info was not asked before it
    CHECK(code(world.send(client.call("creator_info/query", R"({"x":1})"))) == "invalid_params");
}

TEST_CASE("a draft waits in the inbox for its person")
{
    TestWorld world;
    TiktokClient client(world, {{"posts_drafts_after", 600}});
    const std::string body = "{" + TiktokClient::source(video.size(), 5'000'000) + "}";
    client.send_all(client.remember(world.send(client.call("inbox/video/init", body))));
    CHECK(world.ledger.list()[0].kind == "draft");
    world.clock.advance(10s);
    CHECK(client.status().at("status") == "SEND_TO_USER_INBOX");
    world.clock.advance(10min);
    CHECK(client.status().at("status") == "PUBLISH_COMPLETE");
    const std::string described =
        std::string("{") + TiktokClient::public_post + "," + TiktokClient::source(video.size(), 5'000'000) + "}";
    CHECK(code(world.send(client.call("inbox/video/init", described))) == "invalid_params");
}

TEST_CASE("processing that fails says why, and a late number can be scripted")
{
    TestWorld world;
    TiktokClient client(world);
    world.script(R"({"match":"accepted","fault":"processing_fails:file_format_check_failed"})");
    client.send_all(client.open());
    world.clock.advance(10s);
    CHECK(client.status().at("fail_reason") == "file_format_check_failed");
    world.script(R"({"match":"accepted","fault":"listing_lag:3600"})");
    client.send_all(client.open());
    world.clock.advance(1h);
    CHECK_FALSE(client.status().contains("publicaly_available_post_id"));
    world.clock.advance(20s);
    CHECK(client.status().contains("publicaly_available_post_id"));
}

TEST_CASE("TikTok's limits are counted where the account wants them, and can be scripted")
{
    TestWorld world;
    TiktokClient client(world, {{"limits", true}});
    for (int i = 0; i < 6; ++i)
        CHECK(code(client.init(TiktokClient::public_post)) == "ok");
    const Answer seventh = client.init(TiktokClient::public_post);
    CHECK(seventh.status == 429);
    CHECK(code(seventh) == "rate_limit_exceeded");
    CHECK(seventh.headers.find("Retry-After"));
    world.clock.advance(1min);
    world.script(R"({"match":"creator_info","fault":"quota_exceeded"})");
    const Answer reached = client.creator_info();
    CHECK(reached.status == 200); // an error in a success
    CHECK(code(reached) == "spam_risk_too_many_posts");
    world.script(R"({"match":"inbox.init","fault":"upload_limit_exceeded"})");
    CHECK(code(world.send(client.call("inbox/video/init", "{" + TiktokClient::source(9, 9) + "}"))) ==
          "spam_risk_too_many_pending_share");
    world.script(R"({"match":"status.fetch","fault":"rate_limited"})");
    CHECK(code(world.send(client.call("status/fetch", R"({"publish_id":"x"})"))) == "rate_limit_exceeded");
    CHECK(code(world.send(client.call("status/fetch", R"({"publish_id":"x"})"))) == "invalid_publish_id");
    world.script(R"({"match":"status.fetch","fault":"status:500"})");
    CHECK(code(world.send(client.call("status/fetch", R"({"publish_id":"x"})"))) == "internal_error");
}

TEST_CASE("a token opens its own account's things, for as long as it lives")
{
    TestWorld world;
    TiktokClient alice(world);
    alice.open();
    TiktokClient bob(world, {{"name", "bob"}, {"scopes", "video.upload"}});
    const Answer foreign = world.send(bob.call("status/fetch", R"({"publish_id":")" + alice.publish_id + "\"}"));
    CHECK(code(foreign) == "token_not_authorized_for_specified_publish_id");
    CHECK(code(bob.creator_info()) == "scope_not_authorized");
    CHECK(bob.creator_info().status == 401);
    Ask who{Method::get, api, "/v2/user/info/?fields=open_id,display_name"};
    who.with("Authorization", "Bearer " + alice.token);
    CHECK(world.send(who).json().at("data").at("user").at("display_name") == "alice (sandbox)");
    who.target = "/v2/user/info/?fields=phone";
    CHECK(code(world.send(who)) == "invalid_params");
    world.clock.advance(24h);
    CHECK(code(alice.creator_info()) == "access_token_invalid");

    const auto refresh = [&world, &alice](const std::string& token) {
        Ask ask{Method::post, api, "/v2/oauth/token/"};
        ask.body = "client_key=" + std::string(alice.made.at("client_id").as_string()) +
                   "&client_secret=" + std::string(alice.made.at("client_secret").as_string()) +
                   "&grant_type=refresh_token&refresh_token=" + token;
        return world.send(ask.with("Content-Type", "application/x-www-form-urlencoded"));
    };
    const std::string first(alice.made.at("refresh_token").as_string());
    const Answer fresh = refresh(first);
    CHECK(fresh.json().at("expires_in") == 86'400);
    CHECK(fresh.text("open_id") == alice.made.at("open_id").as_string());
    CHECK(refresh(first).text("error") == "invalid_grant"); // it rotates
    alice.token = fresh.text("access_token");
    CHECK(code(alice.creator_info()) == "ok");
    world.script(R"({"match":"creator_info","fault":"token_expired"})");
    CHECK(code(alice.creator_info()) == "access_token_invalid");
    CHECK(refresh(fresh.text("refresh_token")).status == 200);
}

TEST_CASE("a browser's consent brings a code, and what was unticked is not granted")
{
    TestWorld world;
    const auto made = world.account("tiktok", {{"scopes", "user.info.basic video.upload"}});
    const std::string key(made.at("client_id").as_string()), verifier = "some-verifier";
    const std::string back = "http%3A%2F%2F127.0.0.1%3A8080%2Fback", challenge = sha256_hex(verifier);
    const std::string asked = "client_key=" + key + "&redirect_uri=" + back + "&state=s&code_challenge=" + challenge;
    const std::string query = asked + "&response_type=code&scope=user.info.basic%2Cvideo.publish%2Cvideo.upload";
    const std::string page = "/v2/auth/authorize/?";
    CHECK(world.send({Method::get, "www.tiktok.com", page + query + "&code_challenge_method=S256"}).status == 200);
    CHECK(world.send({Method::get, "www.tiktok.com", page + query + "&client_id=x"}).status == 400);
    const std::string web = "client_key=" + key + "&redirect_uri=https%3A%2F%2Fa.example%2F&state=s&response_type=code";
    CHECK(world.send({Method::get, "www.tiktok.com", page + web + "&scope=video.publish"}).status == 400);
    CHECK(world.send({Method::get, "www.tiktok.com", page + query + ".x"}).text("error") == "invalid_scope");

    Ask allow{Method::post, "www.tiktok.com", "/v2/auth/authorize/"};
    allow.body = asked + "&account=alice&scope=user.info.basic%2Cvideo.publish%2Cvideo.upload";
    const Answer sent = world.send(allow.with("Content-Type", "application/x-www-form-urlencoded"));
    const std::string location(sent.headers.get("Location"));
    REQUIRE(location.starts_with("http://127.0.0.1:8080/back?code="));
    const std::string code = location.substr(32, 40);
    const auto exchange = [&](const std::string& answer) {
        Ask ask{Method::post, api, "/v2/oauth/token/"};
        ask.body = "client_key=" + key + "&client_secret=" + std::string(made.at("client_secret").as_string()) +
                   "&grant_type=authorization_code&code=" + form_encode(code) + "&redirect_uri=" + back +
                   "&code_verifier=" + answer;
        return world.send(ask.with("Content-Type", "application/x-www-form-urlencoded"));
    };
    const Answer tokens = exchange(verifier);
    CHECK(tokens.text("scope") == "user.info.basic,video.upload");
    CHECK(exchange(verifier).text("error") == "invalid_grant"); // once
}

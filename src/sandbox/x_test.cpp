#include "core/base64.hpp"
#include "core/digest.hpp"
#include "http/form.hpp"
#include "sandbox/test_world.hpp"
#include "sandbox/x_text.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr const char* api = "api.x.com";
const std::string video(2'500'000, 'x');
constexpr std::size_t piece = 1'000'000;

std::string cashtags_of(std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += "$VTR" + std::string(1, char('A' + i)) + " ";
    return text;
}

// A publisher that does everything right, for tests to make one thing wrong.
class XClient {
public:
    explicit XClient(TestWorld& world, json::object settings = {})
        : made(world.account("x", std::move(settings))), token(made.at("access_token").as_string()), world_(world)
    {
    }

    Ask call(Method method, const std::string& path) const
    {
        Ask ask{method, api, "/2/" + path};
        return ask.with("Authorization", "Bearer " + token);
    }
    Ask posting(const std::string& path, std::string body) const
    {
        Ask ask = call(Method::post, path).with("Content-Type", "application/json");
        ask.body = std::move(body);
        return ask;
    }
    Answer initialize(std::size_t size = video.size()) const
    {
        return world_.send(posting("media/upload/initialize", R"({"media_type":"video/mp4","total_bytes":)" +
                                                                  std::to_string(size) +
                                                                  R"(,"media_category":"tweet_video"})"));
    }
    Ask appending(const std::string& media, std::size_t segment, std::string_view bytes) const
    {
        Ask ask = call(Method::post, "media/upload/" + media + "/append")
                      .with("Content-Type", "multipart/form-data; boundary=here");
        ask.body = "--here\r\nContent-Disposition: form-data; name=\"segment_index\"\r\n\r\n" +
                   std::to_string(segment) +
                   "\r\n--here\r\nContent-Disposition: form-data; name=\"media\"; filename=\"a.mp4\"\r\n"
                   "Content-Type: video/mp4\r\n\r\n" +
                   std::string(bytes) + "\r\n--here--\r\n";
        return ask;
    }
    Answer append(const std::string& media, std::size_t segment) const
    {
        return world_.send(appending(media, segment, std::string_view(video).substr(segment * piece, piece)));
    }
    Answer finalize(const std::string& media) const
    {
        return world_.send(call(Method::post, "media/upload/" + media + "/finalize"));
    }
    Answer status(const std::string& media) const
    {
        return world_.send(call(Method::get, "media/upload?command=STATUS&media_id=" + media));
    }
    std::string state(const std::string& media) const
    {
        return std::string(status(media).json().at("data").at("processing_info").at("state").as_string());
    }
    // A video that is ready to be posted.
    std::string upload() const
    {
        const std::string media(initialize().json().at("data").at("id").as_string());
        for (std::size_t i = 0; i * piece < video.size(); ++i)
            REQUIRE(append(media, i).status == 200);
        REQUIRE(finalize(media).status == 200);
        world_.clock.advance(10s);
        return media;
    }
    Answer post(const std::string& media, const std::string& text = "Cats", const std::string& more = "") const
    {
        return world_.send(
            posting("tweets", R"({"text":")" + text + R"(","media":{"media_ids":[")" + media + R"("]})" + more + "}"));
    }
    Answer list() const
    {
        const std::string id(made.at("user_id").as_string());
        return world_.send(call(Method::get, "users/" + id + "/tweets?max_results=10&tweet.fields=attachments"));
    }
    Answer refresh(const std::string& value) const
    {
        Ask ask{Method::post, api, "/2/oauth2/token"};
        ask.with("Content-Type", "application/x-www-form-urlencoded")
            .with("Authorization", "Basic " + to_base64(std::string(made.at("client_id").as_string()) + ":" +
                                                        std::string(made.at("client_secret").as_string())));
        ask.body = "grant_type=refresh_token&refresh_token=" + value;
        return world_.send(ask);
    }

    json::object made;
    std::string token;

private:
    TestWorld& world_;
};

std::string problem(const Answer& answer)
{
    std::string type = answer.text("type");
    return type.erase(0, type.rfind('/') + 1);
}

} // namespace

TEST_CASE("a video goes to X in pieces, is processed and posted")
{
    TestWorld world;
    const XClient client(world);
    const std::string media(client.initialize().json().at("data").at("id").as_string());
    CHECK(client.append(media, 0).status == 200);
    CHECK(client.append(media, 1).status == 200);
    CHECK(client.append(media, 1).status == 200); // its answer was lost
    CHECK(client.finalize(media).status == 400);  // they do not add up
    CHECK(client.append(media, 2).status == 200);
    CHECK(client.finalize(media).status == 200);
    CHECK(client.finalize(media).status == 200);
    CHECK(client.state(media) == "in_progress");
    CHECK(client.post(media).status == 400);
    world.clock.advance(10s);
    CHECK(client.state(media) == "succeeded");
    CHECK(world.ledger.list().empty());

    const Answer posted = client.post(media, "Cats", R"(,"reply_settings":"following","made_with_ai":true)");
    CHECK(posted.status == 201);
    REQUIRE(world.ledger.list().size() == 1);
    const Post post = world.ledger.list()[0];
    CHECK(post.id == std::string(posted.json().at("data").at("id").as_string()));
    CHECK(post.text == "Cats");
    CHECK(post.sha256 == sha256_hex(video));
    CHECK(client.list().json().at("data").at(0).at("attachments").at("media_keys").at(0).as_string() == "7_" + media);
    CHECK(world.send({Method::get, "x.com", "/i/status/" + post.id}).status == 200);
    CHECK(world.send({Method::get, "x.com", "/alice/status/" + post.id}).status == 200);
    CHECK(client.post(media, "Another").status == 400); // it is in a post

    CHECK(world.send(client.call(Method::del, "tweets/" + post.id)).body == R"({"data":{"deleted":true}})");
    CHECK(world.send(client.call(Method::del, "tweets/" + post.id)).status == 404);
    CHECK_FALSE(client.list().json().contains("data"));
    CHECK(world.send({Method::get, "x.com", "/i/status/" + post.id}).status == 404);
}

TEST_CASE("pieces of X that do not fit are refused, and keep nothing")
{
    TestWorld world;
    const XClient client(world);
    const std::string media(client.initialize().json().at("data").at("id").as_string());
    CHECK(client.append(media, 1).status == 400);
    CHECK(client.append(media, 0).status == 200);
    CHECK(world.send(client.appending(media, 1, "short")).status == 400);
    CHECK(world.send(client.appending(media, 1000, "x")).status == 400);
    CHECK(client.append("1234", 0).status == 400);
    const Answer large = world.send(client.appending(media, 1, std::string(5'000'000, 'x')));
    CHECK(large.status == 413);
    CHECK(large.body.empty());
    Ask nameless = client.appending(media, 1, std::string(piece, 'x'));
    nameless.body.replace(nameless.body.find("segment_index"), 13, "segment");
    CHECK(world.send(nameless).status == 422);
    Ask broken = client.appending(media, 1, std::string_view(video).substr(piece, piece));
    broken.breaks_at = 600'000;
    CHECK_THROWS_AS(world.send(broken), Disconnected);
    CHECK(world.uploads.find("x", media)->received == piece);
    CHECK(client.append(media, 1).status == 200);
    CHECK(client.append(media, 2).status == 200);
    CHECK(client.finalize(media).status == 200);
    CHECK(client.append(media, 2).status == 400);
}

TEST_CASE("what X does not take as a video")
{
    TestWorld world;
    const XClient client(world);
    CHECK(client.initialize(0).status == 400);
    CHECK(client.initialize((512 << 20) + 1).status == 400);
    for (const char* body : {R"({"media_type":"video/x-matroska","total_bytes":1,"media_category":"tweet_video"})",
                             R"({"media_type":"video/mp4","total_bytes":1,"media_category":"tweet_gif"})",
                             R"({"media_type":"video/mp4","total_bytes":1})",
                             R"({"media_type":"video/mp4","total_bytes":1,"media_category":"tweet_video","x":1})"}) {
        CAPTURE(body);
        CHECK(world.send(client.posting("media/upload/initialize", body)).status == 400);
    }
}

TEST_CASE("X counts characters its own way")
{
    CHECK(x_length("caf\u00e9") == 4);
    CHECK(x_length("日本") == 4);
    CHECK(x_length("a https://example.org/a/very/long/address/that/goes/on b") == 27);
    CHECK(x_length("👍") == 2);
    CHECK(x_length("👍🏽") == 2);
    CHECK(x_length("👩‍👩‍👧") == 2);
    CHECK(x_length("🇪🇸🇫🇷") == 4);
    CHECK_FALSE(x_length("\xff"));
    CHECK(x_cashtags("$VTRN and $5 and$X") == 1);
    CHECK(x_cashtags(cashtags_of(3)) == 3);
}

TEST_CASE("what X does not take as a post")
{
    TestWorld world;
    const XClient client(world);
    const std::string media = client.upload();
    CHECK(problem(client.post(media, std::string(281, 'a'))) == "client-forbidden");
    CHECK(problem(client.post(media, cashtags_of(2))) == "client-forbidden");
    CHECK(client.post(media, "Cats", R"(,"reply_settings":"everyone")").status == 400);
    CHECK(client.post(media, "Cats", R"(,"title":"no")").status == 400);
    CHECK(client.post("99", "Cats").status == 400);
    CHECK(client.post(media, std::string(280, 'a')).status == 201);
    const Answer twice = client.post(client.upload(), std::string(280, 'a'));
    CHECK(twice.status == 403);
    CHECK(twice.body.find("duplicate content") != twice.body.npos);
    CHECK(world.ledger.list().size() == 1);
    const XClient premium(world, {{"name", "bob"}, {"premium", true}});
    CHECK(premium.post(premium.upload(), std::string(281, 'a')).status == 201);
}

TEST_CASE("a video of X that cannot be processed says so while it is in progress")
{
    TestWorld world;
    const XClient client(world);
    world.script(R"({"network":"x","match":"media.finalize","fault":"processing_fails:unsupported codec"})");
    const std::string media(client.initialize().json().at("data").at("id").as_string());
    for (std::size_t i = 0; i < 3; ++i)
        client.append(media, i);
    const json::object info = client.finalize(media).json().at("data").at("processing_info").as_object();
    CHECK(info.at("state") == "in_progress");
    CHECK(info.at("error").at("message") == "unsupported codec");
    world.clock.advance(10s);
    CHECK(client.state(media) == "failed");
    CHECK(client.post(media).status == 400);
}

TEST_CASE("a video of X is forgotten after a day")
{
    TestWorld world;
    const XClient client(world);
    const std::string media = client.upload();
    world.clock.advance(24h);
    const XClient again(world);
    CHECK(again.status(media).status == 400);
    CHECK(again.post(media).status == 400);
    const std::string other(again.initialize().json().at("data").at("id").as_string());
    world.script(R"({"network":"x","match":"media.append","fault":"session_lost"})");
    CHECK(again.append(other, 0).status == 400);
    CHECK(again.append(other, 0).status == 400);
}

TEST_CASE("X's list lags when the script says so")
{
    TestWorld world;
    const XClient client(world);
    world.script(R"({"network":"x","match":"accepted","fault":"listing_lag:900"})");
    CHECK(client.post(client.upload()).status == 201);
    CHECK_FALSE(client.list().json().contains("data"));
    world.clock.advance(900s);
    CHECK(client.list().json().at("data").as_array().size() == 1);
}

TEST_CASE("each refresh token of X is good for one use")
{
    TestWorld world;
    const XClient client(world);
    const std::string first(client.made.at("refresh_token").as_string());
    const Answer fresh = client.refresh(first);
    CHECK(fresh.status == 200);
    CHECK(fresh.json().at("expires_in") == 7200);
    CHECK(fresh.text("refresh_token") != first);
    const Answer again = client.refresh(first);
    CHECK(again.status == 400);
    CHECK(again.text("error") == "invalid_request");
    world.clock.advance(2h);
    CHECK(client.list().status == 401);

    Ask open{Method::post, api, "/2/oauth2/token"};
    open.with("Content-Type", "application/x-www-form-urlencoded");
    open.body = "grant_type=refresh_token&client_id=" + std::string(client.made.at("client_id").as_string()) +
                "&refresh_token=" + fresh.text("refresh_token");
    CHECK(world.send(open).status == 401); // a confidential program has to prove itself
    const XClient open_program(world, {{"name", "bob"}, {"confidential", false}});
    open.body = "grant_type=refresh_token&client_id=" + std::string(open_program.made.at("client_id").as_string()) +
                "&refresh_token=" + std::string(open_program.made.at("refresh_token").as_string());
    CHECK(world.send(open).status == 200);
}

TEST_CASE("without offline.access X gives no refresh token; without a scope it forbids")
{
    TestWorld world;
    const XClient client(world, {{"scopes", "tweet.read users.read"}});
    CHECK(client.made.at("refresh_token") == "");
    CHECK(problem(client.initialize()) == "client-forbidden");
    CHECK(client.list().status == 200);
}

TEST_CASE("X's consent page wants a challenge and known scopes")
{
    TestWorld world;
    const XClient client(world);
    const std::string page =
        "/i/oauth2/authorize?response_type=code&client_id=" + std::string(client.made.at("client_id").as_string()) +
        "&redirect_uri=" + form_encode("http://127.0.0.1:5000/back") + "&state=s";
    const std::string pkce = "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    CHECK(world.send({Method::get, "x.com", page + "&scope=tweet.read" + pkce}).status == 200);
    CHECK(world.send({Method::get, "x.com", page + "&scope=tweet.read"}).status == 400);
    CHECK(world.send({Method::get, "x.com", page + "&scope=everything" + pkce}).status == 400);
}

TEST_CASE("X's limits")
{
    TestWorld world;
    const XClient client(world, {{"limits", true}});
    const std::string media = client.upload();
    for (int i = 0; i < 100; ++i)
        CHECK(client.post(i == 0 ? media : "1", "Cats").status == (i == 0 ? 201 : 403));
    const Answer over = client.post("1", "Dogs");
    CHECK(over.status == 429);
    CHECK(over.headers.find("x-rate-limit-reset"));
    world.script(R"({"network":"x","match":"tweets.create","fault":"quota_exceeded"})");
    CHECK(problem(client.post("1", "Dogs")) == "usage-capped");
}

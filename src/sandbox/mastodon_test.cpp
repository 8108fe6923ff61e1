#include "core/digest.hpp"
#include "sandbox/mastodon.hpp"
#include "sandbox/test_world.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;

namespace {

class MastodonClient {
public:
    explicit MastodonClient(TestWorld& world, boost::json::object settings = {})
        : world_(world), made(world.account("mastodon", std::move(settings)))
    {
    }

    Ask ask(Method method, std::string target, std::string body = "") const
    {
        Ask ask{method, "mastodon.sandbox.test", std::move(target)};
        ask.body = std::move(body);
        if (!ask.body.empty())
            ask.with("Content-Type", "application/json");
        return ask.with("Authorization", "Bearer " + std::string(made.at("access_token").as_string()));
    }

    Ask uploading(const std::string& bytes, const std::string& type = "video/mp4",
                  const std::string& name = "file") const
    {
        Ask ask = this->ask(Method::post, "/api/v2/media");
        ask.with("Content-Type", "multipart/form-data; boundary=b");
        ask.body = "--b\r\nContent-Disposition: form-data; name=\"" + name +
                   "\"; filename=\"v.mp4\"\r\nContent-Type: " + type + "\r\n\r\n" + bytes + "\r\n--b--\r\n";
        return ask;
    }

    std::string media(const std::string& bytes) { return world_.send(uploading(bytes)).text("id"); }

    // A video that is ready to be posted.
    std::string ready_media(const std::string& bytes)
    {
        const std::string id = media(bytes);
        world_.clock.advance(10s);
        return id;
    }

    Ask posting(const std::string& media, const std::string& key = "", const std::string& text = "Look") const
    {
        Ask ask = this->ask(Method::post, "/api/v1/statuses",
                            R"({"status":")" + text + R"(","media_ids":[")" + media + R"("]})");
        return key.empty() ? ask : ask.with("Idempotency-Key", key);
    }

private:
    TestWorld& world_;

public:
    boost::json::object made;
};

} // namespace

TEST_CASE("media are taken, processed, posted and listed")
{
    TestWorld world;
    MastodonClient client(world);
    const Answer taken = world.send(client.uploading("a video"));
    CHECK(taken.status == 202);
    CHECK(taken.json().at("url").is_null());
    const std::string media = taken.text("id");
    const Ask show = client.ask(Method::get, "/api/v1/media/" + media);
    CHECK(world.send(show).status == 206);
    CHECK(world.send(client.posting(media)).status == 422);
    world.clock.advance(10s);
    CHECK(world.send(show).status == 200);

    const Answer posted = world.send(client.posting(media));
    CHECK(posted.status == 200);
    CHECK(posted.text("url") == "https://mastodon.sandbox.test/@alice/" + posted.text("id"));
    const auto posts = world.ledger.list("mastodon");
    REQUIRE(posts.size() == 1);
    CHECK(posts[0].sha256 == sha256_hex("a video"));
    CHECK(posts[0].size == 7);
    CHECK(world.send(show).status == 404); // attached by now
    CHECK(world.send(client.posting(media)).status == 422);

    const std::string account(client.made.at("account_id").as_string());
    const Answer list =
        world.send(client.ask(Method::get, "/api/v1/accounts/" + account + "/statuses?limit=20&only_media=true"));
    CHECK(boost::json::parse(list.body).at(0).at("media_attachments").at(0).at("id") == media.c_str());
}

TEST_CASE("the same key posts once within the hour")
{
    TestWorld world;
    MastodonClient client(world);
    const std::string media = client.ready_media("a");
    const Answer first = world.send(client.posting(media, "key-1"));
    const Answer second = world.send(client.posting(media, "key-1"));
    CHECK(second.status == 200);
    CHECK(second.text("id") == first.text("id"));
    CHECK(world.ledger.list().size() == 1);
    world.clock.advance(1h);
    CHECK(world.send(client.posting(client.ready_media("b"), "key-1")).text("id") != first.text("id"));
    CHECK(world.ledger.list().size() == 2);
}

TEST_CASE("an accepted post whose answer is lost is found again by its key")
{
    TestWorld world;
    MastodonClient client(world);
    const std::string media = client.ready_media("a");
    world.script(R"({"network":"mastodon","match":"statuses.create","fault":"drop_after_accept"})");
    CHECK(world.send(client.posting(media, "key-1")).status == 0);
    CHECK(world.send(client.posting(media, "key-1")).status == 200);
    CHECK(world.ledger.list().size() == 1);
}

TEST_CASE("bad media are refused")
{
    TestWorld world;
    MastodonClient client(world);
    CHECK(world.send(client.uploading("x", "video/x-matroska")).status == 422);
    CHECK(world.send(client.uploading("")).status == 422);
    CHECK(world.send(client.uploading("x", "video/mp4", "video")).status == 422);
    Ask cut = client.uploading("x");
    cut.body.resize(cut.body.size() - 4);
    CHECK(world.send(cut).status == 400);
    CHECK(world.send(client.uploading("x").with("Content-Type", "video/mp4")).status == 415);
    CHECK(world.send(client.uploading("x").with("Authorization", "")).status == 401);
    Ask chunked = client.uploading("x").with("Transfer-Encoding", "chunked");
    chunked.measured = false;
    CHECK(world.send(chunked).status == 411);

    world.script(R"({"match":"media.create","fault":"processing_fails:broken"})");
    const std::string failed = client.ready_media("x");
    CHECK(world.send(client.ask(Method::get, "/api/v1/media/" + failed)).status == 422);
    CHECK(world.send(client.posting(failed)).status == 422);
}

TEST_CASE("bad statuses are refused")
{
    TestWorld world;
    MastodonClient client(world);
    const std::vector<std::pair<const char*, std::string>> table{
        {"nothing to say", R"({"status":"  "})"},
        {"501 characters", R"({"status":")" + std::string(501, 'a') + "\"}"},
        {"a warning counts",
         R"({"status":")" + std::string(400, 'a') + R"(","spoiler_text":")" + std::string(101, 'b') + "\"}"},
        {"an unknown visibility", R"({"status":"a","visibility":"secret"})"},
        {"unknown media", R"({"status":"a","media_ids":["1"]})"},
        {"five media", R"({"status":"a","media_ids":["1","2","3","4","5"]})"},
        {"media ids as numbers", R"({"status":"a","media_ids":[1]})"},
        {"an unknown member", R"({"status":"a","title":"b"})"},
        {"due too soon", R"({"status":"a","scheduled_at":"2026-03-01T12:04:00Z"})"},
        {"not JSON", "status=a"},
    };
    for (const auto& [what, body] : table) {
        CAPTURE(what);
        const Answer answer = world.send(client.ask(Method::post, "/api/v1/statuses", body));
        CHECK(answer.status >= 400);
        CHECK(answer.status <= 422);
        CHECK(!answer.text("error").empty());
    }
    CHECK(world.ledger.list().empty());
}

TEST_CASE("an address counts 23 characters, whatever its length")
{
    CHECK(count_status_characters("ñandú") == 5);
    CHECK(count_status_characters("see https://example.org/" + std::string(200, 'x') + " now") == 4 + 23 + 4);
    CHECK(count_status_characters("http://a") == 23);
}

TEST_CASE("a scheduled status has no address until its time has come, and can be withdrawn")
{
    TestWorld world;
    MastodonClient client(world);
    const auto schedule = [&](const char* at) {
        return world.send(client.ask(Method::post, "/api/v1/statuses",
                                     std::string(R"({"status":"later","scheduled_at":")") + at + "\"}"));
    };
    const Answer planned = schedule("2026-03-01T13:00:00Z");
    CHECK(!planned.json().contains("url"));
    CHECK(world.send(client.ask(Method::get, "/api/v1/statuses/" + planned.text("id"))).status == 404);
    CHECK(world.send(client.ask(Method::get, "/api/v1/scheduled_statuses/" + planned.text("id"))).status == 200);
    const Answer withdrawn = schedule("2026-03-01T13:00:00Z");
    CHECK(world.send(client.ask(Method::del, "/api/v1/scheduled_statuses/" + withdrawn.text("id"))).status == 200);
    world.clock.advance(1h);
    CHECK(world.send(client.ask(Method::get, "/api/v1/statuses/" + planned.text("id"))).status == 200);
    CHECK(world.send(client.ask(Method::get, "/api/v1/statuses/" + withdrawn.text("id"))).status == 404);
}

TEST_CASE("a deleted status is gone, and gone it stays")
{
    TestWorld world;
    MastodonClient client(world);
    const std::string id = world.send(client.posting(client.ready_media("a"))).text("id");
    const Ask remove = client.ask(Method::del, "/api/v1/statuses/" + id + "?delete_media=true");
    CHECK(world.send(remove).text("text") == "Look");
    CHECK(world.send(remove).status == 404);
    CHECK(world.ledger.list()[0].deleted);
}

TEST_CASE("a listing lags as the script says")
{
    TestWorld world;
    MastodonClient client(world);
    world.script(R"({"match":"accepted","fault":"listing_lag:900"})");
    world.send(client.posting(client.ready_media("a")));
    const Ask list = client.ask(Method::get, "/api/v1/accounts/" +
                                                 std::string(client.made.at("account_id").as_string()) + "/statuses");
    CHECK(world.send(list).body == "[]");
    world.clock.advance(900s);
    CHECK(world.send(list).body != "[]");
}

TEST_CASE("limits end at the time that the answer names")
{
    TestWorld world;
    MastodonClient client(world, {{"limits", true}});
    for (int n = 0; n < 30; ++n)
        REQUIRE(world.send(client.uploading("x")).status == 202);
    const Answer refused = world.send(client.uploading("x"));
    CHECK(refused.status == 429);
    CHECK(refused.headers.get("X-RateLimit-Remaining") == "0");
    CHECK(parse_iso_time(refused.headers.get("X-RateLimit-Reset")) == world.clock.now() + 30min);
    world.clock.advance(30min);
    CHECK(world.send(client.uploading("x")).status == 202);

    world.script(R"({"match":"statuses.create","fault":"status:429;reset=60"})");
    const Answer scripted = world.send(client.posting("1"));
    CHECK(parse_iso_time(scripted.headers.get("X-RateLimit-Reset")) == world.clock.now() + 60s);
}

TEST_CASE("scopes, revocation and who one is")
{
    TestWorld world;
    MastodonClient client(world);
    CHECK(world.send(client.ask(Method::get, "/api/v1/accounts/verify_credentials")).text("username") == "alice");
    MastodonClient reader(world, {{"name", "bob"}, {"scopes", "read"}});
    CHECK(world.send(reader.posting("1")).status == 403);
    CHECK(world.send(reader.ask(Method::get, "/api/v1/accounts/verify_credentials")).text("username") == "bob");
    const std::string token(client.made.at("access_token").as_string());
    Ask revoke = client.ask(Method::post, "/oauth/revoke");
    revoke.with("Content-Type", "application/json");
    revoke.body = R"({"client_id":")" + std::string(client.made.at("client_id").as_string()) +
                  R"(","client_secret":")" + std::string(client.made.at("client_secret").as_string()) +
                  R"(","token":")" + token + "\"}";
    CHECK(world.send(revoke).status == 200);
    CHECK(world.send(client.ask(Method::get, "/api/v1/accounts/verify_credentials")).status == 401);
}

TEST_CASE("a program registers and an instance tells its limits")
{
    TestWorld world;
    Ask app{Method::post, "mastodon.sandbox.test", "/api/v1/apps"};
    app.with("Content-Type", "application/x-www-form-urlencoded");
    app.body = "client_name=Vitrina&redirect_uris=urn:ietf:wg:oauth:2.0:oob&scopes=profile";
    CHECK(!world.send(app).text("client_id").empty());
    app.body = "redirect_uris=urn:ietf:wg:oauth:2.0:oob";
    CHECK(world.send(app).status == 422);
    const Answer instance = world.send({Method::get, "mastodon.sandbox.test", "/api/v2/instance"});
    CHECK(instance.json().at("configuration").at("media_attachments").at("video_size_limit") == 103'809'024);
}

TEST_CASE("an edit changes the text, and has to name the media again")
{
    TestWorld world;
    MastodonClient client(world);
    const std::string media = client.ready_media("a video");
    const std::string path = "/api/v1/statuses/" + world.send(client.posting(media)).text("id");
    const auto edit = [&](const std::string& more) {
        return world.send(client.ask(Method::put, path, R"({"status":"Edited")" + more + "}"));
    };
    CHECK(edit("").status == 422);
    CHECK(edit(R"(,"media_ids":["1"])").status == 422);
    CHECK(edit(R"(,"media_ids":[")" + media + R"("],"visibility":"private")").status == 422);
    CHECK(edit(R"(,"media_ids":[")" + media + R"("])").status == 200);
    CHECK(edit(R"(,"media_ids":[")" + media + R"("])").status == 200);
    CHECK(world.ledger.list().front().text == "Edited");
    const MastodonClient other(world, {{"name", "bob"}});
    CHECK(world.send(other.ask(Method::put, path, R"({"status":"Mine"})")).status == 404);
}

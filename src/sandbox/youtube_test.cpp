#include "core/digest.hpp"
#include "sandbox/test_youtube.hpp"
#include "sandbox/youtube.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using namespace std::chrono_literals;

namespace {

const std::string video(2 * chunk + 1000, 'v');

std::string titled(const std::string& snippet)
{
    return R"({"snippet":)" + snippet + R"(,"status":{"privacyStatus":"public"}})";
}

} // namespace

TEST_CASE("a video sent in chunks is accepted once, with the digest of its bytes")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string session = client.open(video.size());
    const Answer first = world.send(client.putting(session, video, 0, chunk));
    CHECK(first.status == 308);
    CHECK(first.headers.get("Range") == "bytes=0-262143");
    CHECK(world.send(client.putting(session, video, chunk, chunk)).status == 308);
    CHECK(world.ledger.list().empty());
    const Answer last = world.send(client.putting(session, video, 2 * chunk, chunk));
    CHECK(last.status == 201);

    const auto posts = world.ledger.list("youtube");
    REQUIRE(posts.size() == 1);
    CHECK(posts[0].id == last.text("id"));
    CHECK(posts[0].title == "Cats");
    CHECK(posts[0].size == video.size());
    CHECK(posts[0].sha256 == sha256_hex(video));
    // Asking again, as one does when the last answer was lost, finds the same video.
    const Answer again = client.probe(session, video.size());
    CHECK(again.status == 200);
    CHECK(again.text("id") == posts[0].id);
    CHECK(world.ledger.list().size() == 1);
}

TEST_CASE("an upload may also come whole, without a range")
{
    TestWorld world;
    YoutubeClient client(world);
    Ask put = client.ask(Method::put, client.open(1000)).with("Content-Type", "video/mp4");
    put.body = std::string(1000, 'x');
    CHECK(world.send(put).status == 201);
    // Small bytes are kept, under their digest.
    CHECK(std::filesystem::file_size(world.path / "uploads" / "kept" / sha256_hex(put.body)) == 1000);
}

TEST_CASE("bytes of a broken chunk are kept in whole blocks, and the probe says how many")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string session = client.open(video.size());
    CHECK(client.probe(session, video.size()).headers.find("Range") == std::nullopt);
    Ask broken = client.putting(session, video, 0, video.size());
    broken.breaks_at = chunk + 777;
    CHECK_THROWS_AS(world.send(broken), Disconnected);
    CHECK(client.probe(session, video.size()).headers.get("Range") == "bytes=0-262143");
    CHECK(world.send(client.putting(session, video, chunk, video.size())).status == 201);
    CHECK(world.ledger.list()[0].sha256 == sha256_hex(video));
}

TEST_CASE("every bad chunk is refused and keeps nothing")
{
    struct Bad {
        const char* what;
        std::function<void(Ask&)> spoil;
        int status;
    };
    const std::vector<Bad> table{
        {"no bearer", [](Ask& ask) { ask.with("Authorization", ""); }, 401},
        {"not a bearer", [](Ask& ask) { ask.with("Authorization", "Basic abc"); }, 401},
        {"an unknown token", [](Ask& ask) { ask.with("Authorization", "Bearer nonsense"); }, 401},
        {"no Content-Type", [](Ask& ask) { ask.with("Content-Type", ""); }, 400},
        {"another Content-Type", [](Ask& ask) { ask.with("Content-Type", "video/webm"); }, 400},
        {"a chunked body", [](Ask& ask) { ask.measured = false, ask.with("Transfer-Encoding", "chunked"); }, 411},
        {"no length", [](Ask& ask) { ask.measured = false; }, 411},
        {"a coded body", [](Ask& ask) { ask.with("Content-Encoding", "gzip"); }, 400},
        {"a malformed range", [](Ask& ask) { ask.with("Content-Range", "bytes=0-262143/525288"); }, 400},
        {"an open range", [](Ask& ask) { ask.with("Content-Range", "bytes 0-/525288"); }, 400},
        {"an unknown total", [](Ask& ask) { ask.with("Content-Range", "bytes 0-262143/*"); }, 400},
        {"another total", [](Ask& ask) { ask.with("Content-Range", "bytes 0-262143/525289"); }, 400},
        {"a range that does not fit the body", [](Ask& ask) { ask.with("Content-Range", "bytes 0-262142/525288"); },
         400},
        {"a gap", [](Ask& ask) { ask.with("Content-Range", "bytes 262144-524287/525288"); }, 400},
        {"a probe with a body", [](Ask& ask) { ask.with("Content-Range", "bytes */525288"); }, 400},
        {"a part of a file without a range", [](Ask& ask) { ask.headers.set("Content-Range", "bytes"); }, 400},
        {"no multiple of 256 KiB",
         [](Ask& ask) { ask.body.pop_back(), ask.with("Content-Range", "bytes 0-262142/525288"); }, 400},
        {"a session address made anew", [](Ask& ask) { ask.target.replace(ask.target.find("&notify"), 23, ""); }, 400},
        {"an unknown session", [](Ask& ask) { ask.target.back() = ask.target.back() == 'A' ? 'B' : 'A'; }, 404},
    };
    TestWorld world;
    YoutubeClient client(world);
    REQUIRE(video.size() == 525'288);
    const std::string session = client.open(video.size());
    for (const Bad& bad : table) {
        CAPTURE(bad.what);
        Ask ask = client.putting(session, video, 0, chunk);
        bad.spoil(ask);
        CHECK(world.send(ask).status == bad.status);
        CHECK(client.probe(session, video.size()).headers.find("Range") == std::nullopt);
    }
    CHECK(world.send(client.putting(session, video, 0, chunk)).status == 308);
}

TEST_CASE("chunks that overlap or change their size are refused; after a probe another size may come")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string big(5 * chunk, 'b');
    const std::string session = client.open(big.size());
    CHECK(world.send(client.putting(session, big, 0, chunk)).status == 308);
    CHECK(world.send(client.putting(session, big, 0, chunk)).status == 400);
    CHECK(world.send(client.putting(session, big, chunk, 2 * chunk)).status == 400);
    CHECK(client.probe(session, big.size()).headers.get("Range") == "bytes=0-262143");
    CHECK(world.send(client.putting(session, big, chunk, 2 * chunk)).status == 308);
    CHECK(world.send(client.putting(session, big, 3 * chunk, 2 * chunk)).status == 201);
}

TEST_CASE("every bad opening is refused with YouTube's reason")
{
    struct Bad {
        const char* what;
        std::function<void(Ask&)> spoil;
        const char* reason;
    };
    const auto body = [](std::string text) { return [text](Ask& ask) { ask.body = text; }; };
    const auto header = [](std::string name, std::string value) { return [=](Ask& ask) { ask.with(name, value); }; };
    const std::vector<Bad> table{
        {"no type of the body", header("Content-Type", ""), "badContent"},
        {"another charset", header("Content-Type", "application/json; charset=latin1"), "badContent"},
        {"no size announced", header("X-Upload-Content-Length", ""), "badRequest"},
        {"a negative size", header("X-Upload-Content-Length", "-1"), "badRequest"},
        {"too large", header("X-Upload-Content-Length", "256000000001"), "badRequest"},
        {"no type announced", header("X-Upload-Content-Type", ""), "badContent"},
        {"a picture announced", header("X-Upload-Content-Type", "image/png"), "badContent"},
        {"another upload type", [](Ask& a) { a.target.replace(a.target.find("resumable"), 9, "multipart"); },
         "badRequest"},
        {"an unknown query parameter", [](Ask& a) { a.target += "&title=x"; }, "invalidParameter"},
        {"an unknown part", [](Ask& a) { a.target.replace(a.target.find("status"), 6, "player"); }, "unknownPart"},
        {"a part that is not named", [](Ask& a) { a.target.replace(a.target.find(",status"), 7, ""); },
         "unexpectedPart"},
        {"no title's part", [](Ask& a) { a.target.replace(a.target.find("snippet,"), 8, ""), a.body = "{}"; },
         "invalidTitle"},
        {"no JSON", body("title=Cats"), "parseError"},
        {"broken UTF-8", body("{\"snippet\":{\"title\":\"\xff\"}}"), "parseError"},
        {"an unknown member", body(R"({"snippet":{"title":"a"},"extra":1})"), "badRequest"},
        {"an unknown field", body(titled(R"({"title":"a","name":"b"})")), "badRequest"},
        {"a field of another type", body(titled(R"({"title":"a","categoryId":22})")), "badRequest"},
        {"no title", body(titled(R"({"description":"a"})")), "invalidTitle"},
        {"an empty title", body(titled(R"({"title":"  "})")), "invalidTitle"},
        {"a title of 101 characters", body(titled(R"({"title":")" + std::string(101, 'a') + "\"}")), "invalidTitle"},
        {"an angle bracket in the title", body(titled(R"({"title":"a <b"})")), "invalidTitle"},
        {"an angle bracket in the description", body(titled(R"({"title":"a","description":"1 > 0"})")),
         "invalidDescription"},
        {"5001 bytes of description", body(titled(R"({"title":"a","description":")" + std::string(5001, 'd') + "\"}")),
         "invalidDescription"},
        {"an empty tag", body(titled(R"({"title":"a","tags":[""]})")), "invalidTags"},
        {"501 characters of tags", body(titled(R"({"title":"a","tags":["b",")" + std::string(499, 't') + "\"]}")),
         "invalidTags"},
        {"499 with the quotes of a space", body(titled(R"({"title":"a","tags":["a )" + std::string(497, 't') + "\"]}")),
         "invalidTags"},
        {"an unknown category", body(titled(R"({"title":"a","categoryId":"99"})")), "invalidCategoryId"},
        {"an unknown privacy", body(R"({"snippet":{"title":"a"},"status":{"privacyStatus":"secret"}})"), "badRequest"},
        {"a public video with a time",
         body(R"({"snippet":{"title":"a"},"status":{"privacyStatus":"public","publishAt":"2030-01-01T00:00:00Z"}})"),
         "invalidPublishAt"},
        {"a time that is over",
         body(R"({"snippet":{"title":"a"},"status":{"privacyStatus":"private","publishAt":"2020-01-01T00:00:00Z"}})"),
         "invalidPublishAt"},
    };
    TestWorld world;
    YoutubeClient client(world);
    for (const Bad& bad : table) {
        CAPTURE(bad.what);
        Ask ask = client.opening(1000);
        bad.spoil(ask);
        const Answer answer = world.send(ask);
        CHECK(answer.status >= 400);
        CHECK(answer.reason() == bad.reason);
    }
    CHECK(world.uploads.list().empty());
}

TEST_CASE("the longest title, description and tags are accepted")
{
    TestWorld world;
    YoutubeClient client(world);
    std::string title;
    for (int n = 0; n < 100; ++n)
        title += "ñ";
    const std::string snippet = R"({"title":")" + title + R"(","description":")" + std::string(5000, 'd') +
                                R"(","tags":["b",")" + std::string(498, 't') + R"("],"categoryId":"10"})";
    CHECK(world.send(client.opening(1000, titled(snippet))).status == 200);
}

TEST_CASE("processing takes its time and may fail, as the script says")
{
    TestWorld world;
    YoutubeClient client(world);
    world.script(R"({"network":"youtube","match":"accepted","fault":"processing:600"})");
    world.script(R"({"network":"youtube","match":"accepted","fault":"processing_fails:codec"})");
    const std::string id = client.publish("bytes");
    const auto status = [&] {
        const Answer list =
            world.send(client.ask(Method::get, "/youtube/v3/videos?part=status,processingDetails&id=" + id));
        return boost::json::object(list.json().at("items").at(0).as_object());
    };
    CHECK(status().at("status").at("uploadStatus") == "uploaded");
    CHECK(status().at("processingDetails").at("processingProgress").at("timeLeftMs") == "600000");
    world.clock.advance(300s);
    CHECK(status().at("processingDetails").at("processingProgress").at("partsProcessed") == "50");
    world.clock.advance(300s);
    CHECK(status().at("status").at("uploadStatus") == "failed");
    CHECK(status().at("status").at("failureReason") == "codec");

    const std::string second = client.publish("others");
    world.clock.advance(10s);
    const Answer list = world.send(client.ask(Method::get, "/youtube/v3/videos?part=status&id=" + second));
    CHECK(list.json().at("items").at(0).at("status").at("uploadStatus") == "processed");
    CHECK(list.json().at("items").at(0).at("status").at("privacyStatus") == "public");
}

TEST_CASE("uploads of a program without an audit are locked private")
{
    TestWorld world;
    YoutubeClient client(world, {{"audited", false}});
    client.publish("bytes");
    CHECK(world.ledger.list()[0].privacy == "private");
}

TEST_CASE("an account without a channel cannot upload")
{
    TestWorld world;
    YoutubeClient client(world, {{"channel", false}});
    CHECK(world.send(client.opening(10)).reason() == "youtubeSignupRequired");
    const Answer channels = world.send(client.ask(Method::get, "/youtube/v3/channels?part=snippet&mine=true"));
    CHECK(channels.json().at("items").as_array().empty());
}

TEST_CASE("the uploads playlist shows a video after the lag, newest first, page by page")
{
    TestWorld world;
    YoutubeClient client(world);
    const Answer channels = world.send(client.ask(Method::get, "/youtube/v3/channels?part=contentDetails&mine=true"));
    const std::string uploads(
        channels.json().at("items").at(0).at("contentDetails").at("relatedPlaylists").at("uploads").as_string());
    const auto listed = [&](const std::string& more) {
        return world
            .send(client.ask(Method::get, "/youtube/v3/playlistItems?part=contentDetails&playlistId=" + uploads + more))
            .json();
    };
    const std::string first = client.publish("first");
    world.script(R"({"match":"accepted","fault":"listing_lag:900"})");
    const std::string second = client.publish("second");
    CHECK(listed("").at("items").as_array().size() == 1);
    world.clock.advance(899s);
    CHECK(listed("").at("items").as_array().size() == 1);
    world.clock.advance(1s);
    const auto page = listed("&maxResults=1");
    CHECK(page.at("items").at(0).at("contentDetails").at("videoId") == second.c_str());
    const auto next = listed("&maxResults=1&pageToken=" + std::string(page.at("nextPageToken").as_string()));
    CHECK(next.at("items").at(0).at("contentDetails").at("videoId") == first.c_str());
    CHECK(!next.contains("nextPageToken"));
}

TEST_CASE("an update replaces the named parts whole; a delete happens once")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string id = client.publish("bytes");
    Ask update = client.ask(Method::put, "/youtube/v3/videos?part=snippet").with("Content-Type", "application/json");
    update.body = R"({"id":")" + id + R"(","snippet":{"title":"Dogs","categoryId":"22"}})";
    CHECK(world.send(update).status == 200);
    CHECK(world.ledger.list()[0].title == "Dogs");
    CHECK(world.ledger.list()[0].privacy == "public");
    update.body = R"({"id":")" + id + R"(","snippet":{"title":"<Dogs>","categoryId":"22"}})";
    CHECK(world.send(update).reason() == "invalidTitle");
    update.body = R"({"id":")" + id + R"(","snippet":{"title":"Dogs"}})";
    CHECK(world.send(update).reason() == "invalidCategoryId");

    Ask remove = client.ask(Method::del, "/youtube/v3/videos?id=" + id);
    CHECK(world.send(remove).status == 204);
    CHECK(world.ledger.list()[0].deleted);
    const Answer again = world.send(remove);
    CHECK(again.status == 404);
    CHECK(again.reason() == "videoNotFound");
    CHECK(world.ledger.list().size() == 1);
}

TEST_CASE("someone else's video cannot be changed, nor seen unless it is public")
{
    TestWorld world;
    YoutubeClient alice(world);
    YoutubeClient bob(world, {{"name", "bob"}});
    const std::string id = alice.publish("bytes");
    CHECK(world.send(bob.ask(Method::del, "/youtube/v3/videos?id=" + id)).status == 403);
    const auto seen = [&] {
        const Answer list = world.send(bob.ask(Method::get, "/youtube/v3/videos?part=status&id=" + id));
        return list.json().at("items").as_array().size();
    };
    CHECK(seen() == 1);
    Ask hide = alice.ask(Method::put, "/youtube/v3/videos?part=status").with("Content-Type", "application/json");
    hide.body = R"({"id":")" + id + R"(","status":{"privacyStatus":"private"}})";
    CHECK(world.send(hide).status == 200);
    CHECK(seen() == 0);
    const std::string session = alice.open(video.size());
    CHECK(world.send(bob.putting(session, video, 0, chunk)).status == 403);
}

TEST_CASE("a thumbnail must be a picture, of a size and a type that YouTube takes")
{
    TestWorld world;
    YoutubeClient client(world);
    Ask set = client.ask(Method::post,
                         "/upload/youtube/v3/thumbnails/set?videoId=" + client.publish("bytes") + "&uploadType=media");
    set.with("Content-Type", "image/jpeg").body = "\xff\xd8\xff\xe0 a picture";
    CHECK(world.send(set).status == 200);
    set.body = "<svg>";
    CHECK(world.send(set).reason() == "invalidImage");
    set.body = "";
    CHECK(world.send(set).reason() == "mediaBodyRequired");
    set.body = "\xff\xd8\xff" + std::string(2 * 1024 * 1024, 'x');
    CHECK(world.send(set).status == 413);
    set.with("Content-Type", "image/svg+xml");
    set.body = "\xff\xd8\xff";
    CHECK(world.send(set).reason() == "badContent");
}

TEST_CASE("refreshing keeps the refresh token; a wrong client or a dead grant is told apart")
{
    TestWorld world;
    YoutubeClient client(world);
    const Answer fresh = client.refresh();
    CHECK(fresh.status == 200);
    CHECK(fresh.json().at("expires_in") == 3599);
    CHECK(!fresh.json().contains("refresh_token"));

    Ask ask{Method::post, "oauth2.googleapis.com", "/token"};
    ask.with("Content-Type", "application/x-www-form-urlencoded");
    const std::string id(client.credentials.at("client_id").as_string());
    const std::string secret(client.credentials.at("client_secret").as_string());
    const auto error = [&](const std::string& form) {
        ask.body = form;
        return world.send(ask).text("error");
    };
    CHECK(
        error(form_of(
            {{"grant_type", "refresh_token"}, {"refresh_token", "x"}, {"client_id", id}, {"client_secret", secret}})) ==
        "invalid_grant");
    CHECK(error(form_of(
              {{"grant_type", "refresh_token"}, {"refresh_token", "x"}, {"client_id", id}, {"client_secret", "no"}})) ==
          "invalid_client");
    CHECK(error(form_of({{"grant_type", "password"}, {"client_id", id}, {"client_secret", secret}})) ==
          "unsupported_grant_type");
    CHECK(error(form_of({{"grant_type", "refresh_token"}, {"nonsense", "x"}})) == "invalid_request");
    ask.with("Content-Type", "application/json").body = "{}";
    CHECK(world.send(ask).status == 415);

    world.script(R"({"match":"oauth.token","fault":"revoked"})");
    CHECK(client.refresh().text("error") == "invalid_grant");
    CHECK(client.refresh().text("error") == "invalid_grant");
}

TEST_CASE("a token ends by time, by script and by revocation")
{
    TestWorld world;
    YoutubeClient client(world);
    const auto list = [&] { return world.send(client.ask(Method::get, "/youtube/v3/channels?part=id&mine=true")); };
    CHECK(list().status == 200);
    world.clock.advance(3600s);
    CHECK(list().reason() == "authError");
    client.token = client.refresh().text("access_token");
    CHECK(list().status == 200);
    world.script(R"({"match":"channels.list","fault":"token_expired"})");
    CHECK(list().status == 401);
    CHECK(list().status == 401);
    client.token = client.refresh().text("access_token");
    world.script(R"({"match":"channels.list","fault":"revoked"})");
    CHECK(list().status == 401);
    CHECK(client.refresh().text("error") == "invalid_grant");
    // A reconnect is the same channel with a new grant.
    YoutubeClient again(world);
    CHECK(again.credentials.at("channel_id") == client.credentials.at("channel_id"));
}

TEST_CASE("a token without the scope is told so")
{
    TestWorld world;
    YoutubeClient client(world, {{"scopes", "https://www.googleapis.com/auth/youtube.readonly"}});
    CHECK(world.send(client.opening(10)).reason() == "insufficientPermissions");
}

TEST_CASE("the quota of inserts comes back at midnight Pacific time")
{
    TestWorld world;
    YoutubeClient client(world, {{"limits", true}});
    for (int n = 0; n < 100; ++n)
        REQUIRE(world.send(client.opening(10)).status == 200);
    CHECK(world.send(client.opening(10)).reason() == "quotaExceeded");
    // 2026-03-01T12:00:00Z is 04:00 Pacific: 20 hours to go.
    world.clock.advance(20h - 1s);
    client.token = client.refresh().text("access_token");
    CHECK(world.send(client.opening(10)).reason() == "quotaExceeded");
    world.clock.advance(1s);
    CHECK(world.send(client.opening(10)).status == 200);
}

TEST_CASE("Pacific days follow daylight saving time")
{
    const auto day = [](const char* text) { return pacific_day(parse_iso_time(text).value()); };
    CHECK(day("2026-03-08T07:59:59Z") + 1 == day("2026-03-08T08:00:00Z")); // midnight, standard time
    CHECK(day("2026-03-09T06:59:59Z") + 1 == day("2026-03-09T07:00:00Z")); // midnight, daylight time
    CHECK(day("2026-11-01T06:59:59Z") + 1 == day("2026-11-01T07:00:00Z"));
    CHECK(day("2026-11-02T07:59:59Z") + 1 == day("2026-11-02T08:00:00Z"));
}

TEST_CASE("scripted limits answer as YouTube words them")
{
    TestWorld world;
    YoutubeClient client(world);
    world.script(R"({"match":"videos.insert","fault":"quota_exceeded"})");
    world.script(R"({"match":"videos.insert","fault":"upload_limit_exceeded","skip":0})");
    world.script(R"({"match":"videos.insert","fault":"rate_limited","skip":2})");
    CHECK(world.send(client.opening(10)).reason() == "quotaExceeded");
    const Answer limit = world.send(client.opening(10));
    CHECK(limit.status == 400);
    CHECK(limit.reason() == "uploadLimitExceeded");
    CHECK(world.send(client.opening(10)).reason() == "rateLimitExceeded");
    CHECK(world.send(client.opening(10)).status == 200);
}

TEST_CASE("a session ends by script and after a week")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string lost = client.open(video.size());
    world.script(R"({"match":"videos.upload","fault":"session_lost"})");
    CHECK(client.probe(lost, video.size()).status == 404);
    CHECK(client.probe(lost, video.size()).status == 404);
    const std::string old = client.open(video.size());
    world.clock.advance(7 * 24h + 1s);
    client.token = client.refresh().text("access_token");
    CHECK(client.probe(old, video.size()).status == 404);
}

TEST_CASE("the script can make the server forget a chunk")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string session = client.open(video.size());
    world.script(R"({"match":"videos.upload","fault":"keep:0"})");
    const Answer forgot = world.send(client.putting(session, video, 0, chunk));
    CHECK(forgot.status == 308);
    CHECK(forgot.headers.find("Range") == std::nullopt);
    CHECK(world.send(client.putting(session, video, 0, video.size())).status == 201);
    CHECK(world.ledger.list()[0].sha256 == sha256_hex(video));
}

TEST_CASE("the consent screen gives a code that works once, with its PKCE verifier")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string id(client.credentials.at("client_id").as_string());
    const std::string secret(client.credentials.at("client_secret").as_string());
    const std::string back = "http://127.0.0.1:5000/callback";
    Ask page{Method::get, "accounts.google.com",
             "/o/oauth2/v2/auth?response_type=code&scope=a&state=s&client_id=" + id +
                 "&redirect_uri=" + form_encode(back)};
    CHECK(world.send(page).body.find("<option>alice</option>") != std::string::npos);
    page.target =
        "/o/oauth2/v2/auth?response_type=code&scope=a&client_id=" + id + "&redirect_uri=https%3A%2F%2Fevil.example%2F";
    CHECK(world.send(page).text("error") == "redirect_uri_mismatch");

    Ask allow{Method::post, "accounts.google.com", "/o/oauth2/v2/auth"};
    allow.with("Content-Type", "application/x-www-form-urlencoded");
    // RFC 7636, appendix B.
    allow.body = form_of({{"account", "alice"},
                          {"client_id", id},
                          {"redirect_uri", back},
                          {"scope", "a"},
                          {"state", "s&t"},
                          {"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}});
    const auto code = [&] {
        const Answer allowed = world.send(allow);
        CHECK(allowed.status == 302);
        const std::string location(allowed.headers.get("Location"));
        CHECK(location.starts_with(back + "?code="));
        CHECK(location.ends_with("&state=s%26t"));
        return location.substr(back.size() + 6, location.find('&') - back.size() - 6);
    };
    Ask exchange{Method::post, "oauth2.googleapis.com", "/token"};
    exchange.with("Content-Type", "application/x-www-form-urlencoded");
    const auto exchanged = [&](const std::string& with, const std::string& verifier) {
        exchange.body = form_of({{"grant_type", "authorization_code"},
                                 {"code", with},
                                 {"client_id", id},
                                 {"client_secret", secret},
                                 {"redirect_uri", back},
                                 {"code_verifier", verifier}});
        return world.send(exchange);
    };
    const std::string verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const std::string first = code();
    CHECK(exchanged(first, verifier).json().contains("refresh_token"));
    CHECK(exchanged(first, verifier).text("error") == "invalid_grant");
    CHECK(exchanged(code(), "wrong").text("error") == "invalid_grant");
}

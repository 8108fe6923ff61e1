#include "sandbox/request_log.hpp"
#include "sandbox/test_youtube.hpp"

using namespace vitrina;
using namespace vitrina::sandbox;
using Moment = ScriptedFault::Moment;

TEST_CASE("a script is read strictly")
{
    const auto usable = [](const char* text) {
        return static_cast<bool>(ScriptedFault::parse(boost::json::parse(text).as_object()));
    };
    for (const char* good :
         {R"({"fault":"drop_before"})", R"({"fault":"status:500","when":"after"})",
          R"({"fault":"status:429;reset=60"})",
          R"({"fault":"slow:250","network":"youtube","match":"PUT /upload","skip":2,"times":3})",
          R"({"fault":"processing_fails:codec"})", R"({"fault":"answer:200","body":{"error":"odd"}})"})
        CHECK_MESSAGE(usable(good), good);
    for (const char* bad :
         {R"({})", R"({"fault":"explode"})", R"({"fault":"status"})", R"({"fault":"status:abc"})",
          R"({"fault":"status:-1"})", R"({"fault":"drop_before:1"})", R"({"fault":"processing_fails"})",
          R"({"fault":"status:429;until=60"})", R"({"fault":"drop_before","skip":-1})",
          R"({"fault":"drop_before","skip":"1"})", R"({"fault":"drop_before","sometimes":1})",
          R"({"fault":"drop_before","when":"later"})", R"({"fault":"slow:1","when":"after"})"})
        CHECK_MESSAGE(!usable(bad), bad);
}

TEST_CASE("a fault waits for its call, is played so many times, and then no more")
{
    Faults faults;
    const auto add = [&](const char* text) { faults.add(*ScriptedFault::parse(boost::json::parse(text).as_object())); };
    add(R"({"network":"youtube","match":"videos.upload","fault":"status:500","skip":1,"times":2})");
    const Occasion other{"mastodon", "videos.upload", "", "PUT /x"};
    const Occasion meant{"youtube", "videos.upload", "", "PUT /upload/youtube/v3/videos"};
    CHECK(!faults.take(Moment::before, other));
    CHECK(!faults.take(Moment::after, meant));
    CHECK(!faults.take(Moment::before, meant)); // skipped
    CHECK(faults.take(Moment::before, meant));
    CHECK(faults.take(Moment::before, meant));
    CHECK(!faults.take(Moment::before, meant));
    add(R"({"match":"PUT /upload","fault":"drop_before"})");
    CHECK(!faults.take(Moment::before, other));
    CHECK(faults.take(Moment::before, meant));
    CHECK(faults.list().at(0).at("played") == 2);
    faults.clear();
    CHECK(faults.list().empty());
}

TEST_CASE("P1 and P2: an accepted post may lose its answer, a dropped one is not accepted")
{
    for (const char* fault : {"drop_after_accept", "status:500\",\"when\":\"after", "html_502\",\"when\":\"after",
                              "status:429;reset=5\",\"when\":\"after"}) {
        CAPTURE(fault);
        TestWorld world;
        YoutubeClient client(world);
        const std::string session = client.open(10);
        world.script(std::string(R"({"network":"youtube","match":"accepted","fault":")") + fault + "\"}");
        CHECK(world.send(client.putting(session, std::string(10, 'x'), 0, 10)).status != 201);
        CHECK(world.ledger.list().size() == 1);
        CHECK(client.probe(session, 10).status == 200);
        CHECK(world.ledger.list().size() == 1);
    }
    TestWorld world;
    YoutubeClient client(world);
    const std::string session = client.open(10);
    world.script(R"({"network":"youtube","match":"videos.upload","fault":"drop_before"})");
    CHECK(world.send(client.putting(session, std::string(10, 'x'), 0, 10)).status == 0);
    CHECK(world.ledger.list().empty());
    CHECK(client.probe(session, 10).status == 308);
}

TEST_CASE("a fault for accepted posts is not used up by a refusal")
{
    TestWorld world;
    YoutubeClient client(world);
    const std::string session = client.open(10);
    world.script(R"({"match":"videos.upload","fault":"drop_after_accept"})");
    CHECK(world.send(client.putting(session, std::string(10, 'x'), 0, 10).with("Content-Type", "a/b")).status == 400);
    CHECK(world.send(client.putting(session, std::string(10, 'x'), 0, 10)).status == 0);
}

TEST_CASE("a cut at any byte keeps whole blocks and ends without an answer")
{
    const std::string bytes(3 * chunk, 'c');
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 2 * chunk + 5}) {
        CAPTURE(at);
        TestWorld world;
        YoutubeClient client(world);
        const std::string session = client.open(bytes.size());
        world.script(R"({"match":"videos.upload","fault":"cut_at:)" + std::to_string(at) + "\"}");
        CHECK(world.send(client.putting(session, bytes, 0, bytes.size())).status == 0);
        CHECK(world.uploads.list()[0].received == at / chunk * chunk);
    }
}

TEST_CASE("an answer can be anything the script says")
{
    TestWorld world;
    YoutubeClient client(world);
    world.script(R"({"match":"videos.insert","fault":"answer:200","body":{"error":{"odd":true}}})");
    const Answer odd = world.send(client.opening(10));
    CHECK(odd.status == 200);
    CHECK(odd.body == R"({"error":{"odd":true}})");
}

TEST_CASE("unknown hosts, paths and methods")
{
    TestWorld world;
    const auto status = [&](Method method, const char* host, const char* target) {
        return world.send({method, host, target}).status;
    };
    CHECK(status(Method::get, "www.googleapis.com", "/youtube/v3/search") == 404);
    CHECK(status(Method::get, "WWW.GoogleApis.com:443", "/youtube/v3/videos") == 401);
    CHECK(status(Method::get, "mastodon.sandbox.test", "/youtube/v3/videos") == 404);
    CHECK(status(Method::del, "oauth2.googleapis.com", "/token") == 405);
    CHECK(status(Method::get, "example.org", "/") == 421);
}

TEST_CASE("the request log counts, and strikes out what authorises")
{
    CHECK(redacted("/a?b=c&upload_id=secret&token=t&d") == "/a?b=c&upload_id=…&token=…&d");
    CHECK(redacted("/a") == "/a");
    TestWorld world;
    YoutubeClient client(world);
    client.publish("bytes");
    const std::string log = boost::json::serialize(world.log.json());
    CHECK(world.log.count("youtube videos.upload") == 1);
    CHECK(world.log.count("youtube oauth.token") == 1);
    for (const std::string& secret :
         {client.token, std::string(client.credentials.at("refresh_token").as_string()), world.uploads.list()[0].id})
        CHECK(log.find(secret) == std::string::npos);
}

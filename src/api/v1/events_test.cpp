#include "api/v1/events.hpp"

#include "events/append_event.hpp"
#include "events/event_types.hpp"
#include "http/test_server.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

using namespace vitrina;
using namespace vitrina::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

struct EventsTest {
    ManualClock clock;
    std::unique_ptr<Database> db = open_test_database();
    EventLoops loops{2};
    EventFollower follower{*db, loops.executor(0), {.poll = 20ms, .remembered = 64}};
    EventsApi api;
    Server server;

    explicit EventsTest(EventStreamOptions options = {.streams = 10, .heartbeat = 10s}, Hooks hooks = {})
        : api(*db, follower, options), server(loops, Router(api.routes()), std::move(hooks), TestServer::quick())
    {
        loops.start();
    }
    ~EventsTest()
    {
        follower.stop();
        server.drain(5s);
        // A question on its way would come back to a loop that is gone.
        eventually([this] { return !follower.is_looking(); });
    }

    static Task<> write(Database& db, int count, std::string_view type, std::string video, Instant at)
    {
        auto transaction = co_await db.begin();
        for (int i = 0; i < count; ++i) {
            NewEvent event{.type = type, .subject = "s", .video = video, .data = R"({"n":1})", .at = at};
            co_await append_event(*transaction, std::move(event));
        }
        co_await transaction->commit();
    }
    void given(int count, std::string_view type = event_type::video_updated, std::string video = "")
    {
        run(write(*db, count, type, std::move(video), clock.now()));
    }
    void forget_all_but_the_newest()
    {
        EventLog log(*db);
        run(log.forget(clock.now() + 1s));
    }

    std::string ask(const std::string& target, const std::string& fields = "")
    {
        RawClient client(server.port());
        client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
        return client.answer();
    }
    json::value page(const std::string& query)
    {
        const std::string answer = ask("/v1/events" + query);
        INFO(answer);
        REQUIRE(answer.starts_with("HTTP/1.1 200 "));
        return json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
    }
    std::string code(const std::string& query, const std::string& fields = "")
    {
        const std::string answer = ask("/v1/events" + query, fields);
        const json::value body = json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
        return answer.substr(9, 3) + " " + json::value_to<std::string>(body.at("code"));
    }
    std::string newest()
    {
        EventLog log(*db);
        return run(log.extent()).last_id.text();
    }
    std::unique_ptr<RawClient> listen(const std::string& query = "", const std::string& known = "")
    {
        auto client = std::make_unique<RawClient>(server.port());
        client->send("GET /v1/events" + query + " HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n" +
                     (known.empty() ? "" : "Last-Event-ID: " + known + "\r\n") + "\r\n");
        return client;
    }
};

// One block of a stream, and of the chunk it came in.
std::string block(RawClient& client)
{
    return client.read_until("\n\n");
}

std::string id_in(const std::string& text)
{
    const auto at = text.find("id: ");
    return at == std::string::npos ? "" : text.substr(at + 4, 36);
}

const std::string nil = EventId{}.text();

} // namespace

TEST_CASE("events come by pages, oldest first, and a page says where the next begins")
{
    EventsTest test;
    CHECK(test.page("") == json::parse(R"({"data":[],"next_cursor":null})"));
    test.given(5);
    std::vector<std::string> ids;
    std::string query = "?limit=2";
    for (int pages = 0; pages < 3; ++pages) {
        const json::value page = test.page(query);
        for (const json::value& event : page.at("data").as_array()) {
            CHECK(event.at("type") == "video.updated");
            CHECK(event.at("time") == "2026-03-01T12:00:00.000000Z");
            CHECK(event.at("video_id").is_null());
            CHECK(event.at("data") == json::parse(R"({"n":1})"));
            ids.push_back(json::value_to<std::string>(event.at("id")));
        }
        if (pages < 2)
            query = "?limit=2&cursor=" + json::value_to<std::string>(page.at("next_cursor"));
        else
            CHECK(page.at("next_cursor").is_null());
    }
    CHECK(ids.size() == 5);
    CHECK(test.page("?after=" + ids[2]).at("data").as_array().size() == 2);
    CHECK(test.page("?after=" + ids[4]).at("data").as_array().empty());
    CHECK(test.page("?after=" + nil).at("data").as_array().size() == 5);
}

TEST_CASE("events are filtered by type and by video, however rare they are")
{
    EventsTest test;
    const std::string video = VideoId::make(test.clock.now()).text();
    test.given(600);
    test.given(1, event_type::video_ready, video);
    test.given(600);
    test.given(1, event_type::video_failed, video);
    const json::value both = test.page("?types=video.ready,video.failed");
    CHECK(both.at("data").as_array().size() == 2);
    CHECK(both.at("next_cursor").is_null());
    CHECK(test.page("?types=video.ready&types=video.failed&limit=1").at("next_cursor").is_string());
    CHECK(test.page("?video_id=" + video).at("data").as_array().size() == 2);
    CHECK(test.page("?types=video.failed&video_id=" + video).at("data").as_array().size() == 1);
    CHECK(test.page("?types=account.removed").at("data").as_array().empty());

    for (const char* query : {"?types=video.eaten", "?video_id=7", "?after=7",
                              "?after="
                              "00000000-0000-0000-0000-000000000000&cursor=x"})
        CHECK(test.code(query) == "400 VT-REQ-007");
    CHECK(test.code("?cursor=x") == "400 VT-REQ-006");
    CHECK(test.code("?limit=0") == "400 VT-REQ-005");
}

TEST_CASE("one answer looks through so much and no more; its cursor goes on")
{
    EventsTest test;
    for (int i = 0; i < 11; ++i)
        test.given(1000);
    test.given(1, event_type::video_failed);
    const json::value first = test.page("?types=video.failed");
    CHECK(first.at("data").as_array().empty());
    REQUIRE(first.at("next_cursor").is_string());
    const json::value second =
        test.page("?types=video.failed&cursor=" + json::value_to<std::string>(first.at("next_cursor")));
    CHECK(second.at("data").as_array().size() == 1);
    CHECK(second.at("next_cursor").is_null());
}

TEST_CASE("who asks for what is kept no more is told so")
{
    EventsTest test;
    test.given(10);
    const std::string cursor = json::value_to<std::string>(test.page("?limit=3").at("next_cursor"));
    const std::string known = json::value_to<std::string>(test.page("").at("data").at(3).at("id"));
    test.forget_all_but_the_newest();
    CHECK(test.code("?cursor=" + cursor) == "409 VT-EVT-001");
    CHECK(test.code("?after=" + known) == "409 VT-EVT-001");
    CHECK(test.code("?after=" + nil) == "409 VT-EVT-001");
    CHECK(test.page("").at("data").as_array().size() == 1);
    CHECK(test.page("?after=" + test.newest()).at("data").as_array().empty());

    const auto stream = test.listen("", known);
    const std::string told = block(*stream);
    CHECK(told.find("event: stream.reset\ndata: {}") != std::string::npos);
    CHECK(id_in(told) == test.newest());
    test.given(1);
    CHECK(id_in(block(*stream)) == test.newest());
    CHECK(test.api.counters().resets == 1);
}

TEST_CASE("a stream brings each event as it happens")
{
    EventsTest test;
    test.given(3);
    const std::string before = test.newest();
    const auto stream = test.listen();
    const std::string greeting = block(*stream);
    CHECK(greeting.starts_with("HTTP/1.1 200 OK\r\n"));
    for (const char* field : {"Content-Type: text/event-stream\r\n", "X-Accel-Buffering: no\r\n", "retry: 2000\n"})
        CHECK(greeting.find(field) != std::string::npos);
    CHECK(id_in(greeting) == before);
    for (int i = 0; i < 3; ++i) {
        const auto began = std::chrono::steady_clock::now();
        test.given(1, event_type::video_ready, VideoId{}.text());
        const std::string event = block(*stream);
        CHECK(std::chrono::steady_clock::now() - began < 1s);
        CHECK(event.find("id: " + test.newest() + "\nevent: video.ready\ndata: {\"id\":\"" + test.newest()) !=
              std::string::npos);
    }
    CHECK(test.api.counters().sent == 3);
}

TEST_CASE("E3 a client that was cut off goes on where it was, without gap or repetition")
{
    EventsTest test;
    test.given(150); // more than is remembered, and than is sent at once
    EventLog log(*test.db);
    const std::vector<Event> all = run(log.after(0, 1000));
    for (const std::size_t known : {std::size_t(0), std::size_t(10), std::size_t(100), std::size_t(149)}) {
        CAPTURE(known);
        const auto stream = known == 100 ? test.listen("?last_event_id=" + all[known].id.text())
                                         : test.listen("", all[known].id.text());
        CHECK(id_in(block(*stream)) == all[known].id.text());
        for (std::size_t i = known + 1; i < all.size(); ++i)
            REQUIRE(id_in(block(*stream)) == all[i].id.text());
    }
    CHECK(test.code("", "Accept: text/event-stream\r\nLast-Event-ID: 7\r\n") == "400 VT-REQ-007");
}

TEST_CASE("a heartbeat says how far the log has come, also to who wants little of it")
{
    EventsTest test({.streams = 10, .heartbeat = 30ms});
    const auto stream = test.listen("?types=video.failed");
    CHECK(id_in(block(*stream)) == nil);
    CHECK(block(*stream).find(":\n\n") != std::string::npos);
    test.given(2);
    std::string beat;
    while (id_in(beat = block(*stream)).empty()) {}
    CHECK(id_in(beat) == test.newest());
    CHECK(beat.find("data") == std::string::npos);
    test.given(1, event_type::video_failed);
    while (id_in(beat = block(*stream)).empty()) {}
    CHECK(beat.find("event: video.failed") != std::string::npos);
}

TEST_CASE("there are so many streams and no more, and a place is free again as soon as its client is gone")
{
    EventsTest test({.streams = 2, .heartbeat = 10s});
    auto one = test.listen();
    const auto two = test.listen();
    block(*one);
    block(*two);
    const auto three = test.listen();
    const std::string refused = three->answer();
    CHECK(refused.starts_with("HTTP/1.1 503 "));
    CHECK(refused.find("Retry-After: 5") != std::string::npos);
    CHECK(refused.find("VT-EVT-002") != std::string::npos);
    CHECK(test.api.counters().refused == 1);
    CHECK(test.page("").at("data").as_array().empty());
    one.reset();
    CHECK(eventually([&] { return test.api.counters().open == 1; }));
    const auto four = test.listen();
    CHECK(id_in(block(*four)) == nil);
}

TEST_CASE("streams end when the server goes, at once")
{
    EventsTest test;
    const auto stream = test.listen();
    block(*stream);
    test.follower.stop();
    CHECK(stream->rest().ends_with("0\r\n\r\n"));
    CHECK(test.server.drain(5s));
    CHECK(test.api.counters().open == 0);
}

TEST_CASE("a stream that a token opened ends one day, and its client has to show the token again")
{
    Hooks hooks;
    hooks.admit = [](Request& request, const Route&) -> Task<std::optional<Response>> {
        request.caller = request.headers.find("Authorization") ? "somebody" : "";
        co_return std::nullopt;
    };
    EventsTest test({.streams = 10, .heartbeat = 10s, .longest_by_token = 50ms}, std::move(hooks));
    const auto open = test.listen();
    RawClient client(test.server.port());
    client.send("GET /v1/events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\nAuthorization: x\r\n\r\n");
    CHECK(client.rest().ends_with("0\r\n\r\n"));
    block(*open);
    test.given(1);
    CHECK(id_in(block(*open)) == test.newest());
}

// Going down without losing what was accepted.
#include "core/errors.hpp"
#include "http/test_server.hpp"

#include <atomic>
#include <future>
#include <memory>

using namespace vitrina;
using namespace vitrina::testing;
using namespace std::chrono_literals;

namespace {

struct Uploads {
    std::atomic<int> begun = 0, finished = 0, cut = 0;
};

Task<Response> take(const Request& request, Uploads& uploads)
{
    ++uploads.begun;
    try {
        while (true) {
            const auto bytes = co_await request.stream->read();
            if (bytes.empty())
                break;
        }
    } catch (const Disconnected&) {
        ++uploads.cut;
        throw;
    }
    ++uploads.finished;
    co_return Response(201, "text/plain", "kept");
}

std::vector<Route> routes(Uploads& uploads)
{
    return {route(Method::put, "/take", [&uploads](const Request& r) { return take(r, uploads); }, Body::streamed),
            route(Method::get, "/",
                  [](const Request&) -> Task<Response> { co_return Response(200, "text/plain", "hello"); })};
}

const std::string upload_head = "PUT /take HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n";

} // namespace

TEST_CASE("H4 an upload in flight may finish, idle connections close, nobody new is let in")
{
    Uploads uploads;
    // One loop: when the idle connection closes, the upload's loop drains as well.
    TestServer server(routes(uploads), {}, TestServer::quick(), 1);
    RawClient idle = server.connect(), uploading = server.connect();
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(idle.answer().ends_with("hello"));
    uploading.send(upload_head + "half");
    REQUIRE(eventually([&] { return uploads.begun == 1; }));

    auto drained = std::async(std::launch::async, [&] { return server.server().drain(10s); });
    CHECK(idle.closed());
    CHECK(drained.wait_for(0s) == std::future_status::timeout);
    uploading.send("half");
    const std::string answer = uploading.rest();
    CHECK(answer.starts_with("HTTP/1.1 201 "));
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(drained.get());
    CHECK(uploads.finished == 1);
    CHECK(server.server().counters().connections == 0);
}

TEST_CASE("an upload that does not finish in time is cut off, and its handler knows")
{
    Uploads uploads;
    TestServer server(routes(uploads));
    RawClient uploading = server.connect();
    uploading.send(upload_head + "half");
    REQUIRE(eventually([&] { return uploads.begun == 1; }));
    CHECK_FALSE(server.server().drain(50ms));
    CHECK(uploads.cut == 1);
    CHECK(uploads.finished == 0);
    CHECK(uploading.closed());
}

TEST_CASE("H4 no accepted request is lost when the server goes down under load")
{
    for (int round = 0; round < 20; ++round) {
        CAPTURE(round);
        Uploads uploads;
        TestServer server(routes(uploads));
        std::atomic<bool> stop = false;
        std::atomic<int> answered = 0, lost = 0;
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i)
            clients.emplace_back([&, connected = std::make_unique<RawClient>(server.port())] {
                RawClient& client = *connected;
                while (!stop) {
                    // A request sent into a closing connection is the client's to repeat; half an answer is not.
                    if (!client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
                        return;
                    const std::string answer = client.answer();
                    if (answer.empty())
                        return;
                    answer.ends_with("hello") ? ++answered : ++lost;
                    if (answer.find("Connection: close") != std::string::npos)
                        return;
                }
            });
        REQUIRE(eventually([&] { return answered > 20; }));
        CHECK(server.server().drain(5s));
        stop = true;
        for (auto& client : clients)
            client.join();
        CHECK(lost == 0);
    }
}

TEST_CASE("a server that was never run, or whose loops stopped first, goes quietly")
{
    Uploads uploads;
    EventLoops loops(1);
    {
        Server never(loops, Router(routes(uploads)), {}, {});
    }
    Server stopped(loops, Router(routes(uploads)), {}, {});
    loops.start();
    RawClient client(stopped.port());
    client.send(upload_head);
    CHECK(eventually([&] { return uploads.begun == 1; }));
    loops.stop();
    loops.join();
}

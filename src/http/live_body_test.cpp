// Answers that go on for as long as somebody listens.
#include "core/sleep.hpp"
#include "http/test_server.hpp"

#include <atomic>
#include <future>
#include <memory>

using namespace vitrina;
using namespace vitrina::testing;
using namespace std::chrono_literals;

namespace {

struct Listeners {
    std::atomic<int> open = 0, stopped = 0;
    std::atomic<std::uint64_t> bytes = 0;
    std::atomic<bool> over = false;
};

// Says its piece, then waits until it is stopped or all is over; or talks on and on.
class Speech final : public LiveBody {
public:
    Speech(Listeners& listeners, std::size_t size, bool endless) : listeners_(listeners), size_(size), endless_(endless)
    {
        ++listeners_.open;
    }
    ~Speech() override { --listeners_.open; }

    Task<std::string> next() override
    {
        if (!endless_ && said_)
            while (!stopped_ && !listeners_.over)
                co_await sleep_for(1ms);
        if (stopped_ || listeners_.over)
            co_return std::string();
        said_ = true;
        listeners_.bytes += size_;
        co_return std::string(size_, 'x');
    }
    void stop() override
    {
        stopped_ = true;
        ++listeners_.stopped;
    }

private:
    Listeners& listeners_;
    std::size_t size_;
    bool endless_, said_ = false, stopped_ = false;
};

std::vector<Route> routes(Listeners& listeners)
{
    const auto listen = [&listeners](std::size_t size, bool endless) {
        return [&listeners, size, endless](const Request&) -> Task<Response> {
            Response response(200);
            response.body = std::make_unique<Speech>(listeners, size, endless);
            co_return response;
        };
    };
    return {route(Method::get, "/listen", listen(3, false)), route(Method::get, "/flood", listen(16384, true)),
            route(Method::get, "/",
                  [](const Request&) -> Task<Response> { co_return Response(200, "text/plain", "hello"); })};
}

const std::string ask = "GET /listen HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("a live answer goes out piece by piece, ends with its last chunk, and the connection with it")
{
    Listeners listeners;
    TestServer server(routes(listeners));
    RawClient client = server.connect();
    client.send(ask);
    CHECK(client.read_until("3\r\nxxx\r\n").find("Transfer-Encoding: chunked") != std::string::npos);
    CHECK(server.server().counters().in_flight == 0);
    listeners.over = true;
    CHECK(client.rest() == "0\r\n\r\n");
    CHECK(eventually([&] { return listeners.open == 0; }));
}

TEST_CASE("a listener is neither idle nor slow, however long nothing happens")
{
    Listeners listeners;
    ServerOptions options = TestServer::quick();
    options.limits.keep_alive = options.limits.write_idle = options.limits.body_idle = 50ms;
    TestServer server(routes(listeners), {}, options);
    RawClient client = server.connect();
    client.send(ask);
    client.read_until("xxx\r\n");
    std::this_thread::sleep_for(300ms);
    CHECK(listeners.open == 1);
    listeners.over = true;
    CHECK(client.rest() == "0\r\n\r\n");
}

TEST_CASE("a client that hangs up is noticed at once, also after it said something more")
{
    Listeners listeners;
    TestServer server(routes(listeners));
    for (const bool reset : {false, true}) {
        CAPTURE(reset);
        RawClient client = server.connect();
        client.send(ask);
        client.read_until("xxx\r\n");
        client.send("GET / HTTP/1.1\r\n");
        if (reset)
            client.reset();
        else
            client.finish_sending();
        CHECK(eventually([&] { return listeners.open == 0; }));
    }
    CHECK(listeners.stopped == 2);

    RawClient talker = server.connect();
    talker.send(ask);
    talker.read_until("xxx\r\n");
    talker.send(std::string(10'000, 'a'));
    CHECK(eventually([&] { return listeners.open == 0; }));
}

TEST_CASE("E3 a listener that stops reading is dropped, and held little meanwhile")
{
    Listeners listeners;
    ServerOptions options = TestServer::quick();
    options.limits.write_idle = 200ms;
    TestServer server(routes(listeners), {}, options);
    RawClient client = server.connect();
    const int little = 4096;
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(eventually([&] { return listeners.bytes > 0; }));
    CHECK(eventually([&] { return listeners.open == 0; }));
    CHECK(listeners.bytes < 1024 * 1024);
    CHECK_FALSE(client.rest().ends_with("0\r\n\r\n"));
}

TEST_CASE("listeners take no place from requests, and a drain cuts off those that were not told to end")
{
    Listeners listeners;
    ServerOptions options = TestServer::quick();
    options.limits.requests = 4;
    TestServer server(routes(listeners), {}, options, 1);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (int i = 0; i < 20; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.port()));
        clients.back()->send(ask);
        clients.back()->read_until("xxx\r\n");
    }
    CHECK(listeners.open == 20);
    RawClient other = server.connect();
    other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(other.answer().ends_with("hello"));
    auto drained = std::async(std::launch::async, [&] { return server.server().drain(10s); });
    listeners.over = true;
    CHECK(drained.get());
    CHECK(listeners.open == 0);
}

TEST_CASE("HEAD of a live answer, and HTTP/1.0")
{
    Listeners listeners;
    TestServer server(routes(listeners));
    CHECK(server.says("HEAD /listen HTTP/1.1\r\nHost: a\r\n\r\n").ends_with("\r\n\r\n"));
    CHECK(eventually([&] { return listeners.open == 0; }));
    RawClient old = server.connect();
    old.send("GET /listen HTTP/1.0\r\nHost: a\r\n\r\n");
    const std::string head = old.read_until("\r\n\r\n");
    CHECK(head.find("chunked") == std::string::npos);
    CHECK(old.read_exactly(3) == "xxx");
    listeners.over = true;
    CHECK(old.rest().empty());
}

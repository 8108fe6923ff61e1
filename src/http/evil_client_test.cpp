// What arrives from people who do not mean well, as raw bytes.
#include "http/test_server.hpp"

#include <atomic>

using namespace vitrina;
using namespace vitrina::testing;
using namespace std::chrono_literals;

namespace {

std::vector<Route> routes(std::atomic<int>& handled)
{
    const auto handle = [&handled](const Request& request) {
        ++handled;
        return [](std::string body) -> Task<Response> {
            co_return Response(200, "text/plain", std::move(body));
        }(request.body);
    };
    return {route(Method::get, "/", handle), route(Method::post, "/", handle, Body::buffered),
            route(Method::get, "/smuggled", handle)};
}

} // namespace

TEST_CASE("smuggled requests: one refusal, the connection closed, nothing behind it handled")
{
    const std::string hidden = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const std::string& fields :
         {std::string("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n"),
          std::string("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n"),
          std::string("Content-Length: 0\r\nContent-Length: 44\r\n"), std::string("Content-Length: 0, 44\r\n"),
          std::string("Content-Length: +44\r\n"), std::string("Content-Length: 0x2c\r\n"),
          std::string("Content-Length : 44\r\n"), std::string("Transfer-Encoding : chunked\r\n"),
          std::string("Transfer-Encoding: xchunked\r\n"), std::string("Transfer-Encoding: chunked, identity\r\n"),
          std::string("Transfer-Encoding:\x0b chunked\r\n"), std::string("Transfer-Encoding:\r\n chunked\r\n"),
          std::string("X: a\nTransfer-Encoding: chunked\r\n"), std::string("X: a\rContent-Length: 44\r\n"),
          std::string("Host: b\r\n"), std::string(" Content-Length: 44\r\n"), std::string("X: a\0b\r\n", 8),
          std::string("\xff: a\r\n")}) {
        CAPTURE(fields);
        std::atomic<int> handled = 0;
        TestServer server(routes(handled), {}, TestServer::quick(), 1);
        const std::string said = server.says("POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n0\r\n\r\n" + hidden);
        const bool refused = said.starts_with("HTTP/1.1 400 ") || said.starts_with("HTTP/1.1 501 ");
        CHECK(refused);
        CHECK(said.find("HTTP/1.1", 8) == std::string::npos);
        CHECK(handled == 0);
    }
}

TEST_CASE("chunked bodies that cheat: nothing behind them is handled")
{
    const std::string hidden = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    for (const std::string& body :
         {std::string("0\n\r\n"), std::string("0\r\n\n"), std::string("-1\r\n\r\n"),
          std::string("fffffffffffffffff\r\n"), std::string("10000000000000000\r\n"), std::string("0x0\r\n\r\n"),
          std::string("2\r\nabc\r\n0\r\n\r\n"), "1;" + std::string(10'000, 'e') + "\r\nx\r\n0\r\n\r\n",
          "0\r\nX: " + std::string(10'000, 't') + "\r\n\r\n", std::string("1\r\nx\n0\r\n\r\n"), std::string("1 \n")}) {
        CAPTURE(body);
        std::atomic<int> handled = 0;
        TestServer server(routes(handled), {}, TestServer::quick(), 1);
        const std::string said =
            server.says("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body + hidden);
        CHECK(said.starts_with("HTTP/1.1 400 "));
        CHECK(said.find("HTTP/1.1", 8) == std::string::npos);
        CHECK(handled == 0);
    }
}

TEST_CASE("heads without end, addresses without end, too many fields, other protocols")
{
    std::atomic<int> handled = 0;
    TestServer server(routes(handled));
    CHECK(server.says("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(100'000, 'x')).starts_with("HTTP/1.1 431 "));
    CHECK(server.says("GET /" + std::string(100'000, 'x')).starts_with("HTTP/1.1 414 "));
    std::string fields;
    for (int i = 0; i < 101; ++i)
        fields += "X: y\r\n";
    CHECK(server.says("GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n").starts_with("HTTP/1.1 431 "));
    CHECK(server.says("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").starts_with("HTTP/1.1 505 "));
    CHECK(server.says("GET /\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(server.says(std::string("\x16\x03\x01\x02\x00\x01", 6)).starts_with("HTTP/1.1 400 "));
    CHECK(server.says("GET /a/../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
              .starts_with("HTTP/1.1 400 "));
    CHECK(
        server.says("GET /%2e%2e%2fetc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(server.says("CONNECT a:443 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 501 "));
    CHECK(handled == 0);
}

TEST_CASE("H1 a head that drips is given up, whatever keeps coming")
{
    std::atomic<int> handled = 0;
    ServerOptions options = TestServer::quick();
    options.limits.header_time = 100ms;
    TestServer server(routes(handled), {}, options);
    RawClient slow = server.connect();
    slow.send("GET / HTTP/1.1\r\n");
    std::atomic<bool> over = false;
    std::thread dripping([&] {
        for (int i = 0; !over && i < 10'000 && slow.send("X"); ++i)
            std::this_thread::sleep_for(1ms); // the attack itself is slow
    });
    const std::string said = slow.read_until("\r\n\r\n");
    over = true;
    dripping.join();
    CHECK(said.starts_with("HTTP/1.1 408 "));
    CHECK(handled == 0);
}

TEST_CASE("idle connections are closed without a word")
{
    std::atomic<int> handled = 0;
    ServerOptions options = TestServer::quick();
    options.limits.keep_alive = 50ms;
    TestServer server(routes(handled), {}, options);
    RawClient client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().starts_with("HTTP/1.1 200 "));
    CHECK(client.rest() == "");
    CHECK(eventually([&] { return server.server().counters().connections == 0; }));
}

TEST_CASE("a client that does not read its answer is given up")
{
    ServerOptions options = TestServer::quick();
    options.limits.write_idle = 100ms;
    std::vector<Route> large = {route(Method::get, "/", [](const Request&) -> Task<Response> {
        co_return Response(200, "text/plain", std::string(32 << 20, 'l'));
    })};
    TestServer server(large, {}, options);
    RawClient client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(eventually([&] { return server.server().counters().accepted == 1; }));
    CHECK(eventually([&] { return server.server().counters().connections == 0; }));
}

TEST_CASE("noise never brings the server down")
{
    std::atomic<int> handled = 0;
    TestServer server(routes(handled));
    std::uint32_t state = 1;
    const auto random = [&state] { return state = state * 1664525 + 1013904223; };
    const std::string valid = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for (int round = 0; round < 300; ++round) {
        std::string bytes = valid + valid;
        for (std::uint32_t i = random() >> 30; i <= 2; ++i)
            bytes[random() % bytes.size()] = char(random() >> 24);
        RawClient client = server.connect();
        client.send(bytes);
        if (round % 3 == 0)
            client.reset();
        else
            client.finish_sending();
    }
    RawClient client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().starts_with("HTTP/1.1 200 "));
    CHECK(eventually([&] { return server.server().counters().connections == 1; }));
}

// Bodies on the wire: whole, streamed, chunked, too long, too short, too slow, unwanted.
#include "core/errors.hpp"
#include "http/test_server.hpp"

#include <algorithm>
#include <atomic>
#include <memory>

using namespace vitrina;
using namespace vitrina::testing;
using namespace std::chrono_literals;

namespace {

struct Seen {
    std::atomic<std::uint64_t> bytes = 0, sum = 0;
    std::atomic<int> reads = 0, disconnected = 0, finished = 0;
};

Task<Response> take(const Request& request, Seen& seen)
{
    try {
        while (true) {
            const auto bytes = co_await request.stream->read();
            if (bytes.empty())
                break;
            ++seen.reads;
            seen.bytes += bytes.size();
            for (std::byte b : bytes)
                seen.sum += std::to_integer<unsigned>(b);
        }
    } catch (const Disconnected&) {
        ++seen.disconnected;
        throw;
    }
    ++seen.finished;
    co_return Response(201, "text/plain", std::to_string(seen.bytes.load()));
}

Task<Response> echo(const Request& request)
{
    co_return Response(200, "text/plain", request.body);
}

Task<Response> refuse_early(const Request&)
{
    co_return Response(403, "text/plain", "no");
}

Task<Response> pieces(const Request&)
{
    Response response(200);
    auto left = std::make_shared<int>(3);
    response.body = PieceSource(
        [left]() -> Task<std::string> { co_return (*left)-- > 0 ? std::string(100'000, 'p') : std::string(); });
    co_return response;
}

Task<Response> broken_pieces(const Request& request)
{
    Response response(200);
    auto left = std::make_shared<int>(request.query == "late" ? 1 : 0);
    response.body = PieceSource([left]() -> Task<std::string> {
        if ((*left)-- > 0)
            co_return "first";
        throw std::runtime_error("no more");
    });
    co_return response;
}

std::vector<Route> routes(Seen& seen)
{
    auto small = route(Method::post, "/small", echo, Body::buffered);
    small.max_body = 10;
    return {route(Method::put, "/take", [&seen](const Request& r) { return take(r, seen); }, Body::streamed),
            small,
            route(Method::post, "/echo", echo, Body::buffered),
            route(Method::put, "/refused", refuse_early, Body::streamed),
            route(Method::get, "/pieces", pieces),
            route(Method::get, "/broken", broken_pieces),
            route(Method::post, "/none", [](const Request&) -> Task<Response> { co_return Response(204); })};
}

std::string put(const std::string& path, std::size_t length, const std::string& more = "")
{
    return "PUT " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n" + more + "\r\n";
}

const std::string next = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nnext";

} // namespace

TEST_CASE("a streamed body arrives whole, with Content-Length or in chunks, and the next request after it")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    const std::string body(3'000'000, 'b');
    client.send(put("/take", body.size()) + body + next);
    CHECK(client.answer().ends_with("\r\n\r\n3000000"));
    CHECK(client.answer().ends_with("next"));
    CHECK(seen.sum == 3'000'000u * 'b');

    std::string chunks;
    for (std::size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 % 100'000 + 1) {
        size = std::min(size, body.size() - at);
        char head[32];
        std::snprintf(head, sizeof head, "%zx;x=y\r\n", size);
        chunks += head + body.substr(at, size) + "\r\n";
    }
    client.send("PUT /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\nX: y\r\n\r\n" +
                next);
    CHECK(client.answer().ends_with("\r\n\r\n6000000"));
    CHECK(client.answer().ends_with("next"));
    CHECK(seen.sum == 6'000'000u * 'b');
    CHECK(seen.finished == 2);
}

TEST_CASE("tiny chunks are put together")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    std::string chunks;
    for (int i = 0; i < 10'000; ++i)
        chunks += "1\r\nx\r\n";
    client.send("PUT /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");
    CHECK(client.answer().ends_with("\r\n\r\n10000"));
    CHECK(seen.reads < 1000);
}

TEST_CASE("empty bodies")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    client.send(put("/take", 0) + "PUT /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
                "PUT /take HTTP/1.1\r\nHost: a\r\n\r\n" + next);
    for (int i = 0; i < 3; ++i)
        CHECK(client.answer().ends_with("\r\n\r\n0"));
    CHECK(client.answer().ends_with("next"));
}

TEST_CASE("Expect: 100-continue is answered when the body is wanted, not before")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    client.send(put("/take", 4, "Expect: 100-continue\r\n"));
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    CHECK(client.answer().ends_with("\r\n\r\n4"));

    for (const std::string& request :
         {put("/refused", 1 << 30, "Expect: 100-continue\r\n"), put("/nowhere", 4, "Expect: 100-continue\r\n")}) {
        RawClient unwanted = server.connect();
        unwanted.send(request);
        const std::string all = unwanted.rest();
        CHECK(all.starts_with("HTTP/1.1 40"));
        CHECK(all.find("Connection: close\r\n") != std::string::npos);
    }
    const std::string big =
        server.says("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\nExpect: 100-continue\r\n\r\n");
    CHECK(big.starts_with("HTTP/1.1 413 "));
}

TEST_CASE("a body past the limit is 413, announced or not")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789");
    CHECK(client.answer().ends_with("0123456789"));
    client.send("POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n0123456789x" + next);
    CHECK(client.answer().starts_with("HTTP/1.1 413 ")); // small enough to be skipped
    CHECK(client.answer().ends_with("next"));
    CHECK(server
              .says("POST /small HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: "
                    "chunked\r\n\r\nb\r\n0123456789x\r\n0\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(seen.finished == 0);
}

TEST_CASE("a body shorter than announced is never taken for whole")
{
    Seen seen;
    TestServer server(routes(seen));
    {
        RawClient client = server.connect();
        client.send(put("/take", 100) + "short");
        client.finish_sending();
        CHECK(client.rest().starts_with("HTTP/1.1 400 ")); // whoever only stopped sending is told
    }
    {
        RawClient client = server.connect();
        client.send("PUT /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        client.reset();
    }
    CHECK(eventually([&] { return seen.disconnected == 2; }));
    CHECK(seen.finished == 0);
    CHECK(eventually([&] { return server.server().counters().connections == 0; }));
}

TEST_CASE("a malformed chunk is 400 and the end of the connection")
{
    Seen seen;
    TestServer server(routes(seen));
    const std::string answer =
        server.says("PUT /take HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n" + next);
    CHECK(answer.starts_with("HTTP/1.1 400 "));
    CHECK(answer.find("HTTP/1.1", 8) == std::string::npos);
    CHECK(seen.finished == 0);
}

TEST_CASE("a client that stops sending is told 408")
{
    Seen seen;
    ServerOptions options = TestServer::quick();
    options.limits.body_idle = 50ms;
    TestServer server(routes(seen), {}, options);
    CHECK(server.says(put("/take", 100) + "a bit").starts_with("HTTP/1.1 408 "));
    CHECK(server.says("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab").starts_with("HTTP/1.1 408 "));
    CHECK(seen.disconnected == 1);
}

TEST_CASE("a body slower than the minimum rate is given up")
{
    Seen seen;
    ServerOptions options = TestServer::quick();
    options.limits.rate_window = 30ms;
    options.limits.minimum_rate = 1'000'000'000;
    TestServer server(routes(seen), {}, options);
    RawClient client = server.connect();
    client.send(put("/take", 1'000'000));
    std::atomic<bool> over = false;
    std::thread dripping([&] {
        while (!over && client.send("x"))
            std::this_thread::yield();
    });
    CHECK(eventually([&] { return seen.disconnected == 1; }));
    over = true;
    dripping.join();
    CHECK(client.rest().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("an answer given before the body was read reaches the client")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    client.send(put("/refused", 5) + "small" + next);
    CHECK(client.answer().ends_with("no"));
    CHECK(client.answer().ends_with("next"));

    // A client that sends everything before it reads, as most do.
    RawClient pushing = server.connect();
    const std::string body(8'000'000, 'x');
    pushing.send(put("/refused", body.size()));
    CHECK(pushing.send(body));
    const std::string answer = pushing.answer();
    CHECK(answer.starts_with("HTTP/1.1 403 "));
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("a route without a body takes a small one in silence and refuses a large one")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    client.send("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nnone" + next);
    CHECK(client.answer().starts_with("HTTP/1.1 204 "));
    CHECK(client.answer().ends_with("next"));
    CHECK(server.says("POST /none HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n").starts_with("HTTP/1.1 413 "));
}

TEST_CASE("an answer in pieces: chunked, or until the end for HTTP/1.0")
{
    Seen seen;
    TestServer server(routes(seen));
    RawClient client = server.connect();
    client.send("GET /pieces HTTP/1.1\r\nHost: a\r\n\r\n" + next);
    const std::string chunked = client.answer();
    CHECK(chunked.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(std::ranges::count(chunked, 'p') == 300'000);
    CHECK(client.answer().ends_with("next"));
    client.send("HEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n" + next);
    CHECK(client.answer(true).find("Transfer-Encoding: chunked\r\n") != std::string::npos);
    CHECK(client.answer().ends_with("next"));

    const std::string plain = server.says("GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(plain.find("Connection: close\r\n") != std::string::npos);
    CHECK(plain.ends_with(std::string(300'000, 'p')));
}

TEST_CASE("pieces that fail: an error while it can be told, a cut connection after that")
{
    Seen seen;
    TestServer server(routes(seen));
    CHECK(server.says("GET /broken HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 500 "));
    const std::string cut = server.says("GET /broken?late HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(cut.ends_with("first\r\n"));
}

#include "http/server.hpp"

#include "core/sleep.hpp"
#include "http/test_server.hpp"

using namespace vitrina;
using namespace vitrina::testing;

namespace {

Task<Response> hello(const Request&)
{
    co_return Response(200, "text/plain", "hello");
}

Task<Response> echo(const Request& request)
{
    co_return Response(200, "text/plain", request.body);
}

Task<Response> show_id(const Request& request)
{
    co_return Response(200, "text/plain", std::string(request.parameter("id")));
}

Task<Response> throwing(const Request&)
{
    throw std::runtime_error("the disk is on fire");
}

Task<Response> shared_text(const Request&)
{
    static const SharedBody text = std::make_shared<const std::string>("kept");
    Response response(200);
    response.body = text;
    co_return response;
}

std::vector<Route> routes()
{
    return {route(Method::get, "/hello", hello), route(Method::post, "/echo", echo, Body::buffered),
            route(Method::get, "/videos/{id}", show_id), route(Method::get, "/throws", throwing),
            route(Method::get, "/shared", shared_text)};
}

const std::string get_hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("a small answer has a date, a length and its body")
{
    TestServer server(routes());
    RawClient client = server.connect();
    client.send(get_hello);
    const std::string answer = client.answer();
    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\nDate: "));
    CHECK(answer.find("\r\nContent-Length: 5\r\n") != std::string::npos);
    CHECK(answer.ends_with("\r\n\r\nhello"));
    CHECK(answer.find("Connection:") == std::string::npos);

    client.send(get_hello); // the connection is kept
    CHECK(client.answer().ends_with("hello"));
    CHECK(server.server().counters().requests == 2);
    CHECK(server.server().counters().accepted == 1);
}

TEST_CASE("requests sent without waiting are answered in order")
{
    TestServer server(routes());
    RawClient client = server.connect();
    std::string all;
    for (int i = 0; i < 200; ++i)
        all +=
            i % 2 ? get_hello : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n" + std::to_string(100 + i);
    client.send(all);
    for (int i = 0; i < 200; ++i) {
        CAPTURE(i);
        CHECK(client.answer().ends_with(i % 2 ? "hello" : "\r\n\r\n" + std::to_string(100 + i)));
    }
}

TEST_CASE("a request may arrive byte by byte")
{
    TestServer server(routes());
    RawClient client = server.connect();
    for (char c : "\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbyte" + get_hello)
        client.send({&c, 1});
    CHECK(client.answer().ends_with("byte"));
    CHECK(client.answer().ends_with("hello"));
}

TEST_CASE("HEAD is answered from the GET route, without the body")
{
    TestServer server(routes());
    RawClient client = server.connect();
    client.send("HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n" + get_hello);
    CHECK(client.answer(true).find("Content-Length: 5\r\n") != std::string::npos);
    CHECK(client.answer().ends_with("hello"));
}

TEST_CASE("a body shared with a cache is sent as it is")
{
    TestServer server(routes());
    RawClient client = server.connect();
    client.send("GET /shared HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().ends_with("\r\n\r\nkept"));
}

TEST_CASE("HTTP/1.0 closes unless asked to keep the connection")
{
    TestServer server(routes());
    const std::string answer = server.says("GET /hello HTTP/1.0\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200 OK"));
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(answer.ends_with("hello"));

    RawClient kept = server.connect();
    for (int i = 0; i < 2; ++i) {
        kept.send("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        CHECK(kept.answer().find("Connection: keep-alive\r\n") != std::string::npos);
    }
}

TEST_CASE("Connection: close is honoured")
{
    TestServer server(routes());
    const std::string answer = server.says("GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get_hello);
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(answer.ends_with("hello"));
    CHECK(answer.find("hello") == answer.size() - 5); // one answer only
}

TEST_CASE("what no route knows is 404, a known path with another method 405 or the OPTIONS answer")
{
    TestServer server(routes());
    RawClient client = server.connect();
    client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().starts_with("HTTP/1.1 404 "));
    client.send("DELETE /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string refused = client.answer();
    CHECK(refused.starts_with("HTTP/1.1 405 "));
    CHECK(refused.find("Allow: GET, HEAD, OPTIONS\r\n") != std::string::npos);
    client.send("OPTIONS /echo HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string options = client.answer();
    CHECK(options.starts_with("HTTP/1.1 204 "));
    CHECK(options.find("Allow: POST, OPTIONS\r\n") != std::string::npos);
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nOPTIONS /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().starts_with("HTTP/1.1 204 "));
    CHECK(client.answer().starts_with("HTTP/1.1 404 "));
}

TEST_CASE("the path's parameters arrive decoded")
{
    TestServer server(routes());
    RawClient client = server.connect();
    client.send("GET /videos/a%20b%2541 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().ends_with("\r\n\r\na b%41")); // once, not twice
    client.send("GET /x/../videos/./7 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().ends_with("\r\n\r\n7"));
}

TEST_CASE("what a handler throws becomes an answer and the connection lives on")
{
    std::atomic<int> failures = 0;
    Hooks hooks;
    hooks.failed = [&](const Request&, std::exception_ptr) {
        ++failures;
        return Response(500, "text/plain", "sorry");
    };
    TestServer server(routes(), hooks);
    RawClient client = server.connect();
    client.send("GET /throws HTTP/1.1\r\nHost: a\r\n\r\n" + get_hello);
    CHECK(client.answer().ends_with("sorry"));
    CHECK(client.answer().ends_with("hello"));
    CHECK(failures == 1);
}

TEST_CASE("the hooks see every request: admit may answer, finish adds headers, answered is told")
{
    std::atomic<int> told = 0;
    std::atomic<std::uint64_t> bytes = 0;
    Hooks hooks;
    hooks.admit = [](Request& request, const Route&) -> Task<std::optional<Response>> {
        request.caller = "alice";
        if (request.headers.find("Authorization"))
            co_return std::nullopt;
        co_return Response(401, "text/plain", "who are you?");
    };
    hooks.refuse = [](const Request&, int status, const Fault& fault) {
        return Response(status, "text/plain", "refused: " + fault.message);
    };
    hooks.finish = [](const Request& request, Response& response) { response.headers.set("X-Request-Id", request.id); };
    hooks.answered = [&](const Exchange& exchange) {
        ++told;
        bytes += exchange.bytes_out;
    };
    TestServer server(routes(), hooks);
    RawClient client = server.connect();
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc-1\r\n\r\n");
    const std::string unknown = client.answer();
    CHECK(unknown.starts_with("HTTP/1.1 401 "));
    CHECK(unknown.find("X-Request-Id: abc-1\r\n") != std::string::npos);
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nX-Request-Id: a b\r\n\r\n");
    const std::string known = client.answer();
    CHECK(known.ends_with("hello"));
    CHECK(known.find("X-Request-Id: a b") == std::string::npos);
    client.send("GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().find("refused: There is nothing") != std::string::npos);
    client.send("BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(client.answer().starts_with("HTTP/1.1 501 "));
    CHECK(eventually([&] { return told == 4; }));
    CHECK(bytes > 17);
}

TEST_CASE("a value with line breaks cannot write headers of its own")
{
    Hooks hooks;
    hooks.finish = [](const Request&, Response& response) {
        response.headers.add("X-Title", "a\r\nSet-Cookie: b");
        response.headers.add("Bad Name", "x");
        response.headers.add("Content-Length", "99");
    };
    TestServer server(routes(), hooks);
    RawClient client = server.connect();
    client.send(get_hello);
    const std::string answer = client.answer();
    CHECK(answer.find("X-Title: a  Set-Cookie: b\r\n") != std::string::npos);
    CHECK(answer.find("Bad Name") == std::string::npos);
    CHECK(answer.find("Content-Length: 99") == std::string::npos);
}

TEST_CASE("addresses: IPv6, a taken port, nonsense")
{
    ServerOptions v6;
    v6.address = "::1";
    TestServer server(routes(), {}, v6, 1);
    CHECK(server.port() != 0);

    ServerOptions same;
    same.address = "::1";
    same.port = server.port();
    EventLoops loops(1);
    CHECK_THROWS_AS(Server(loops, Router(routes()), {}, same), std::system_error);
    ServerOptions nonsense;
    nonsense.address = "here";
    CHECK_THROWS_AS(Server(loops, Router(routes()), {}, nonsense), std::runtime_error);
}

namespace {

// One for callers, and one for whoever watches over the server.
std::vector<Route> work_and_probe()
{
    Route work = route(Method::get, "/hello",
                       [](const Request&) -> Task<Response> { co_return Response(200, "text/plain", "hello"); });
    work.scope = Scope::read;
    Route slow = route(Method::get, "/slow", [](const Request&) -> Task<Response> {
        co_await sleep_for(std::chrono::milliseconds(300));
        co_return Response(200, "text/plain", "slow");
    });
    slow.scope = Scope::read;
    return {std::move(work), std::move(slow), route(Method::get, "/livez", [](const Request&) -> Task<Response> {
        co_return Response(200, "text/plain", "alive");
    })};
}

const std::string get_livez = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

TEST_CASE("more requests at once than there may be are told so; a probe is answered all the same")
{
    ServerOptions options = TestServer::quick();
    options.limits.requests = 2;
    TestServer server(work_and_probe(), {}, options, 1);
    RawClient first = server.connect(), second = server.connect();
    first.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    second.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto ask = [&server](std::string_view request) {
        RawClient client = server.connect();
        client.send(request);
        return client.answer();
    };
    std::string third;
    for (int i = 0; i < 100 && !third.starts_with("HTTP/1.1 503 "); ++i)
        third = ask(get_hello); // until both have arrived
    CHECK(third.starts_with("HTTP/1.1 503 "));
    CHECK(third.find("Retry-After: 1\r\n") != std::string::npos);
    CHECK(ask(get_livez).ends_with("alive"));
    CHECK(first.answer().ends_with("slow"));
    CHECK(second.answer().ends_with("slow"));
    CHECK(ask(get_hello).ends_with("hello"));
}

TEST_CASE("one connection too many is told so")
{
    ServerOptions options = TestServer::quick();
    options.limits.connections = 2;
    TestServer server(work_and_probe(), {}, options, 1);
    RawClient first = server.connect(), second = server.connect();
    first.send(get_hello);
    second.send(get_hello);
    CHECK(first.answer().ends_with("hello"));
    CHECK(second.answer().ends_with("hello"));
    const std::string third = server.says(get_hello);
    CHECK(third.starts_with("HTTP/1.1 503 "));
    CHECK(third.find("Retry-After: 1\r\n") != std::string::npos);
    const std::string probe = server.says(get_livez);
    CHECK(probe.ends_with("alive"));
    CHECK(probe.find("Connection: close\r\n") != std::string::npos);
    first.send(get_hello);
    CHECK(first.answer().ends_with("hello"));
}

TEST_CASE("what the request says of its client is believed only from a trusted proxy")
{
    std::vector<Route> where = {route(Method::get, "/", [](const Request& request) -> Task<Response> {
        co_return Response(200, "text/plain", request.remote_address + " " + request.base_url);
    })};
    const std::string request = "GET / HTTP/1.1\r\nHost: inside:1\r\nX-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n"
                                "X-Forwarded-Proto: https\r\nX-Forwarded-Host: video.example\r\n\r\n";
    TestServer trusting(where);
    RawClient client = trusting.connect();
    client.send(request);
    CHECK(client.answer().ends_with("\r\n\r\n203.0.113.9 https://video.example"));

    ServerOptions options = TestServer::quick();
    options.proxies = TrustedProxies::none();
    TestServer wary(where, {}, options);
    RawClient liar = wary.connect();
    liar.send(request);
    CHECK(liar.answer().ends_with("\r\n\r\n127.0.0.1 http://inside:1"));
}

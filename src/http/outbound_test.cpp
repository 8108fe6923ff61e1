#include "http/connect_to.hpp"
#include "http/outbound.hpp"

#include "unit/run.hpp"

#include <arpa/inet.h>
#include <atomic>
#include <cstring>
#include <doctest/doctest.h>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

// Answers each request with what the script says; "" closes the connection instead. Blocking sockets, a thread each.
class ScriptedServer {
public:
    using Script = std::function<std::string(int request, const std::string& text)>;

    explicit ScriptedServer(Script script) : script_(std::move(script))
    {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        socklen_t size = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        acceptor_ = std::jthread([this] { accept_all(); });
    }
    ~ScriptedServer()
    {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        for (const int peer : peers_)
            ::shutdown(peer, SHUT_RDWR);
        threads_.clear();
        for (const int peer : peers_)
            ::close(peer);
        ::close(listener_);
    }

    std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }
    int requests() const { return requests_; }
    std::string last() const
    {
        const std::lock_guard lock(mutex_);
        return last_;
    }

private:
    void accept_all()
    {
        for (int peer; (peer = ::accept(listener_, nullptr, nullptr)) >= 0;) {
            ++connections_;
            const std::lock_guard lock(mutex_);
            peers_.push_back(peer);
            threads_.emplace_back([this, peer] { serve(peer); });
        }
    }

    void serve(int peer)
    {
        for (std::string request; !(request = read_request(peer)).empty();) {
            {
                const std::lock_guard lock(mutex_);
                last_ = request;
            }
            const std::string answer = script_(++requests_, request);
            if (answer.empty())
                break;
            ::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
        ::shutdown(peer, SHUT_RDWR);
    }

    static std::string read_request(int peer)
    {
        std::string text;
        std::size_t wanted = std::string::npos;
        while (text.size() < wanted) {
            char piece[65536];
            const ssize_t got = ::recv(peer, piece, sizeof piece, 0);
            if (got <= 0)
                return {};
            text.append(piece, std::size_t(got));
            const std::size_t end = text.find("\r\n\r\n");
            if (wanted != std::string::npos || end == std::string::npos)
                continue;
            const std::size_t length = text.find("Content-Length: ");
            wanted = end + 4 + (length < end ? std::stoull(text.substr(length + 16)) : 0);
        }
        return text;
    }

    Script script_;
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<int> connections_ = 0, requests_ = 0;
    mutable std::mutex mutex_;
    std::string last_;
    std::vector<int> peers_;
    std::vector<std::jthread> threads_;
    std::jthread acceptor_;
};

std::string ok(const std::string& body)
{
    return "HTTP/1.1 200 OK\r\nX-Seen: yes \r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class TextSource final : public ContentSource {
public:
    explicit TextSource(std::string text) : text_(std::move(text)) {}
    std::uint64_t size() const override { return text_.size(); }
    int descriptor() const override { return -1; }
    Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override
    {
        const std::size_t count = offset < text_.size() ? std::min(out.size(), text_.size() - offset) : 0;
        std::memcpy(out.data(), text_.data() + std::min<std::size_t>(offset, text_.size()), count);
        co_return count;
    }

private:
    std::string text_;
};

OutboundRequest request_to(std::string url, Method method = Method::get)
{
    OutboundRequest request;
    request.method = method;
    request.url = std::move(url);
    request.reach = Reach::operator_named;
    return request;
}

OutboundReply reply_of(OutboundResult result)
{
    if (const auto* failure = std::get_if<OutboundFailure>(&result))
        FAIL(failure->reason);
    return std::get<OutboundReply>(std::move(result));
}

OutboundFailure failure_of(OutboundResult result)
{
    REQUIRE(std::holds_alternative<OutboundFailure>(result));
    return std::get<OutboundFailure>(std::move(result));
}

Task<> send_twice(Outbound& outbound, OutboundRequest request, std::vector<OutboundResult>& results)
{
    OutboundRequest again = request;
    results.push_back(co_await outbound.send(std::move(request)));
    results.push_back(co_await outbound.send(std::move(again)));
}

} // namespace

TEST_CASE("an answer comes back with its status, headers and body")
{
    ScriptedServer server([](int, const std::string&) {
        return "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 404 Not Found\r\nX-Seen: yes\r\nContent-Length: "
               "2\r\n\r\nno";
    });
    Outbound outbound({});
    const OutboundReply reply = reply_of(outbound.fetch(request_to(server.url("/a?b=c%20d"))));
    CHECK(reply.status == 404);
    CHECK(reply.headers.get("x-seen") == "yes");
    CHECK_FALSE(reply.headers.find("X-Early"));
    CHECK(reply.body == "no");
    CHECK(server.last().starts_with("GET /a?b=c%20d HTTP/1.1\r\n"));
    CHECK(server.last().find("Accept-Encoding: identity") != std::string::npos);
}

TEST_CASE("a redirect is an answer like any other")
{
    ScriptedServer server([](int, const std::string&) {
        return "HTTP/1.1 308 Resume\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    });
    Outbound outbound({});
    CHECK(reply_of(outbound.fetch(request_to(server.url("/")))).status == 308);
    CHECK(server.requests() == 1);
}

TEST_CASE("a slice of the source is sent between two texts, with its exact length")
{
    std::string bytes(3'000'000, 'x');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = char('a' + i % 23);
    TextSource source(bytes);
    ScriptedServer server([](int, const std::string&) { return ok("{}"); });
    Outbound outbound({});
    OutboundRequest request = request_to(server.url("/upload"), Method::put);
    request.body = {"before", &source, 1000, 2'500'000, "after"};
    std::uint64_t sent = 0;
    request.progress = [&](std::uint64_t so_far) { sent = so_far; };
    CHECK(reply_of(outbound.fetch(std::move(request))).status == 200);

    const std::string text = server.last();
    const std::size_t end = text.find("\r\n\r\n");
    const std::string head = text.substr(0, end);
    CHECK(head.find("Content-Length: 2500011") != std::string::npos);
    CHECK(head.find("Transfer-Encoding") == std::string::npos);
    CHECK(head.find("Expect") == std::string::npos);
    CHECK((text.substr(end + 4) == "before" + bytes.substr(1000, 2'500'000) + "after"));
    CHECK(sent == 2'500'011);
}

TEST_CASE("a POST without a body announces that it has none")
{
    ScriptedServer server([](int, const std::string&) { return ok(""); });
    Outbound outbound({});
    OutboundRequest request = request_to(server.url("/"), Method::post);
    request.headers.add("Content-Range", "bytes */10");
    CHECK(reply_of(outbound.fetch(std::move(request))).status == 200);
    CHECK(server.last().find("\r\nContent-Length: 0\r\n") != std::string::npos);
    CHECK(server.last().find("\r\nContent-Range: bytes */10\r\n") != std::string::npos);
}

TEST_CASE("a kept connection serves the next harmless request")
{
    ScriptedServer server([](int, const std::string&) { return ok("hello"); });
    Outbound outbound({});
    std::vector<OutboundResult> results;
    run(send_twice(outbound, request_to(server.url("/")), results));
    CHECK(server.requests() == 2);
    CHECK(server.connections() == 1);
}

TEST_CASE("a request that is accepted and then dropped is unknown, and is never sent again behind our back")
{
    // The first answer keeps the connection; curl would repeat on a fresh one what a kept one dropped.
    ScriptedServer server([](int n, const std::string&) { return n == 1 ? ok("") : std::string(); });
    Outbound outbound({});
    std::vector<OutboundResult> results;
    run(send_twice(outbound, request_to(server.url("/post"), Method::post), results));
    CHECK(reply_of(results[0]).status == 200);
    CHECK(failure_of(results[1]).sent == OutboundFailure::Sent::unknown);
    CHECK(server.requests() == 2);
}

TEST_CASE("where nobody listens, nothing was sent")
{
    std::uint16_t port = 0;
    {
        ScriptedServer gone([](int, const std::string&) { return std::string(); });
        port = gone.port();
    }
    Outbound outbound({});
    const auto failure =
        failure_of(outbound.fetch(request_to("http://127.0.0.1:" + std::to_string(port) + "/secret-path")));
    CHECK(failure.sent == OutboundFailure::Sent::no);
    CHECK(failure.reason.find("secret-path") == std::string::npos);
    CHECK(failure_of(outbound.fetch(request_to("http://no-such-host.invalid/"))).sent == OutboundFailure::Sent::no);
    CHECK(outbound.counters().blocked == 0);
}

TEST_CASE("names that others give reach only public addresses over https")
{
    ScriptedServer server([](int, const std::string&) { return ok(""); });
    const std::string port = std::to_string(server.port());
    Outbound outbound({});
    for (const std::string& url : std::initializer_list<std::string>{
             "https://127.0.0.1:" + port + "/", "https://localhost:" + port + "/", "https://2130706433:" + port + "/",
             "https://0x7f.1:" + port + "/", "https://[::ffff:127.0.0.1]:" + port + "/", "https://[::1]:" + port + "/",
             "http://127.0.0.1:" + port + "/", "https://user:word@example.com/", "ftp://example.com/",
             "file:///etc/passwd", "//x", ""}) {
        CAPTURE(url);
        OutboundRequest request;
        request.url = url;
        CHECK(failure_of(outbound.fetch(std::move(request))).sent == OutboundFailure::Sent::no);
    }
    CHECK(server.connections() == 0);
    CHECK(outbound.counters().blocked == 12);

    OutboundOptions listed;
    listed.private_hosts = {"LOCALHOST"};
    OutboundRequest request;
    request.url = "http://localhost:" + port + "/";
    CHECK(reply_of(Outbound(listed).fetch(request)).status == 200);
}

TEST_CASE("the operator's own destinations may stand in for public hosts")
{
    ScriptedServer server([](int, const std::string&) { return ok(""); });
    OutboundOptions options;
    options.connect_to =
        parse_connect_to("tube.example:80:127.0.0.1:" + std::to_string(server.port()) + ",b.example:443:[::1]:1");
    CHECK(options.connect_to.size() == 2);
    CHECK(reply_of(Outbound(options).fetch(request_to("http://tube.example/path"))).status == 200);
    CHECK(server.last().find("\r\nHost: tube.example\r\n") != std::string::npos);
    const std::string asked = server.last();
    OutboundRequest somebodys; // a name that a person gave, not the operator
    somebodys.url = "https://real.example/path";
    const OutboundFailure other = failure_of(Outbound(options).fetch(somebodys));
    CHECK(other.sent == OutboundFailure::Sent::no);
    CHECK(other.reason.find("real.example is none of them") != std::string::npos);
    CHECK(server.last() == asked);

    for (const char* bad : {"a", "a:1", "a:1:b", "a:1:b:2:3", "a:443:::1:5"})
        CHECK_THROWS_AS(parse_connect_to(bad), std::invalid_argument);
}

TEST_CASE("an answer that is too large, too late or cut is unknown")
{
    std::atomic<int> how = 0;
    ScriptedServer server([&](int, const std::string&) {
        if (how == 0)
            return ok(std::string(5000, 'x'));
        if (how == 1)
            return std::string("HTTP/1.1 100 Continue\r\n\r\n"); // and then silence
        return std::string("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"); // and then silence
    });
    Outbound outbound({});
    for (; how < 3; ++how) {
        CAPTURE(how.load());
        OutboundRequest request = request_to(server.url("/"), Method::post);
        request.largest_answer = 1000;
        request.answer_within = 1s;
        request.stalled_after = 1s;
        CHECK(failure_of(outbound.fetch(std::move(request))).sent == OutboundFailure::Sent::unknown);
    }
}

TEST_CASE("a source that fails or ends early fails the call, not the process")
{
    TextSource source("short");
    ScriptedServer server([](int, const std::string&) { return ok(""); });
    Outbound outbound({});
    OutboundRequest request = request_to(server.url("/"), Method::put);
    request.body = {"", &source, 0, 1000, ""};
    CHECK_THROWS_WITH(outbound.fetch(std::move(request)), "the source ended before its announced size");
}

TEST_CASE("an answer can be taken piece by piece")
{
    ScriptedServer server([](int, const std::string&) { return ok(std::string(2'000'000, 'v')); });
    Outbound outbound({});
    std::size_t taken = 0;
    OutboundRequest request = request_to(server.url("/"));
    request.sink = [&](std::string_view piece) { taken += piece.size(); };
    CHECK(reply_of(outbound.fetch(std::move(request))).body.empty());
    CHECK(taken == 2'000'000);

    OutboundRequest full = request_to(server.url("/"));
    full.sink = [](std::string_view) { throw std::runtime_error("disk full"); };
    CHECK_THROWS_WITH(outbound.fetch(std::move(full)), "disk full");
}

TEST_CASE("a header cannot smuggle a second one")
{
    Outbound outbound({});
    OutboundRequest request = request_to("http://127.0.0.1:1/");
    request.headers.add("X", "a\r\nY: b");
    CHECK_THROWS_AS(outbound.fetch(std::move(request)), std::invalid_argument);
}

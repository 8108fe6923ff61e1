#pragma once
// For tests: a server in this process and a client that speaks in raw bytes.
#include "core/event_loops.hpp"
#include "http/server.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace vitrina::testing {

// One connection; reads give up after five seconds.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // False when the server does not take it any more.
    bool send(std::string_view bytes)
    {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            bytes.remove_prefix(std::size_t(sent));
        }
        return true;
    }
    void finish_sending() { ::shutdown(socket_, SHUT_WR); }
    // What is left unread makes the kernel send a reset.
    void reset()
    {
        const linger now{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(std::exchange(socket_, -1));
    }

    // One answer: the head and, by its Content-Length or chunks, the body. "" when the server closed.
    std::string answer(bool head_only = false)
    {
        std::string head = read_until("\r\n\r\n");
        if (head_only || head.empty())
            return head;
        const auto length = head.find("Content-Length: ");
        if (length != std::string::npos)
            return head + read_exactly(std::stoul(head.substr(length + 16)));
        if (head.find("Transfer-Encoding: chunked") != std::string::npos)
            return head + read_until("0\r\n\r\n");
        return head;
    }
    // Everything until the server closes; "<timeout>" at the end when it does not.
    std::string rest()
    {
        while (more()) {}
        return std::exchange(received_, {}) + (closed_ ? "" : "<timeout>");
    }
    bool closed()
    {
        rest();
        return closed_;
    }
    std::string read_until(std::string_view end)
    {
        std::size_t at;
        while ((at = received_.find(end)) == std::string::npos)
            if (!more())
                return std::exchange(received_, {});
        return take(at + end.size());
    }
    std::string read_exactly(std::size_t size)
    {
        while (received_.size() < size)
            if (!more())
                return std::exchange(received_, {});
        return take(size);
    }
    int descriptor() const { return socket_; }

private:
    std::string take(std::size_t size)
    {
        std::string bytes = received_.substr(0, size);
        received_.erase(0, size);
        return bytes;
    }
    bool more()
    {
        pollfd waiting{socket_, POLLIN, 0};
        if (::poll(&waiting, 1, 5000) != 1)
            return false;
        char block[65536];
        const ssize_t got = ::recv(socket_, block, sizeof block, 0);
        if (got <= 0) {
            closed_ = true;
            return false;
        }
        received_.append(block, std::size_t(got));
        return true;
    }

    int socket_;
    std::string received_;
    bool closed_ = false;
};

// True as soon as the condition holds; false when it does not within five seconds.
template <class Condition>
bool eventually(Condition condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::yield();
    }
    return true;
}

// Loops and a server on them, on a free port of 127.0.0.1.
class TestServer {
public:
    explicit TestServer(std::vector<Route> routes, Hooks hooks = {}, ServerOptions options = quick(),
                        std::size_t loops = 2)
        : loops_(loops), server_(loops_, Router(std::move(routes)), std::move(hooks), std::move(options))
    {
        loops_.start();
    }

    // Default limits, looked at often.
    static ServerOptions quick()
    {
        ServerOptions options;
        options.limits.sweep = std::chrono::milliseconds(10);
        return options;
    }

    std::uint16_t port() const { return server_.port(); }
    Server& server() { return server_; }
    EventLoops& loops() { return loops_; }
    RawClient connect() const { return RawClient(port()); }
    // A fresh connection, everything the server says until it closes.
    std::string says(std::string_view bytes) const
    {
        RawClient client(port());
        client.send(bytes);
        return client.rest();
    }

private:
    EventLoops loops_;
    Server server_;
};

inline Route route(Method method, std::string pattern, Handler handler, Body body = Body::none)
{
    return {method, std::move(pattern), std::move(handler), Scope::anyone, body};
}

} // namespace vitrina::testing

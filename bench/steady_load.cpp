// steady_load PORT PATH RATE SECONDS [CONNECTIONS]: an open loop of GET requests over keep-alive connections. Each
// request has its moment, whether the ones before it were answered or not; its latency counts from that moment to the
// last byte of the answer. One latency a line, in microseconds. Spins on one core, so that no timer's grain is
// measured.
#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
    int socket = -1;
    Clock::time_point due;   // of the request under way
    std::string head;        // of its answer, until it is whole
    long body_left = -1;     // -1: the head is still being read
};

[[noreturn]] void fail(const std::string& what)
{
    throw std::runtime_error(what + ": " + std::strerror(errno));
}

int connect_to(int port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(std::uint16_t(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        fail("connect");
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return socket;
}

long content_length(const std::string& head)
{
    std::string lower = head;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return char(std::tolower(c)); });
    const auto at = lower.find("content-length:");
    if (!head.starts_with("HTTP/1.1 200") || at == lower.npos)
        throw std::runtime_error("not the answer that was expected:\n" + head);
    return std::atol(lower.c_str() + at + 15);
}

// Reads what is there; true when the answer is whole.
bool read_answer(Connection& connection)
{
    static char buffer[1 << 18];
    for (;;) {
        const ssize_t got = ::recv(connection.socket, buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return false;
        if (got <= 0)
            fail("the server closed the connection");
        if (connection.body_left >= 0) {
            connection.body_left -= got;
        } else {
            connection.head.append(buffer, std::size_t(got));
            const auto end = connection.head.find("\r\n\r\n");
            if (end == connection.head.npos)
                continue;
            connection.body_left = content_length(connection.head) - long(connection.head.size() - end - 4);
        }
        if (connection.body_left == 0)
            return true;
    }
}

} // namespace

int main(int argc, char** argv)
try {
    if (argc < 5) {
        std::fprintf(stderr, "usage: steady_load PORT PATH RATE SECONDS [CONNECTIONS]\n");
        return 2;
    }
    const std::string request = "GET " + std::string(argv[2]) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    const double rate = std::atof(argv[3]);
    const long total = long(rate * std::atof(argv[4]));
    std::vector<Connection> connections(argc > 5 ? std::size_t(std::atol(argv[5])) : 50);
    std::vector<Connection*> idle;
    const int poll = ::epoll_create1(EPOLL_CLOEXEC);
    for (Connection& connection : connections) {
        connection.socket = connect_to(std::atoi(argv[1]));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &connection;
        ::epoll_ctl(poll, EPOLL_CTL_ADD, connection.socket, &event);
        idle.push_back(&connection);
    }

    std::vector<long> latencies;
    latencies.reserve(std::size_t(total));
    const auto started = Clock::now();
    long sent = 0;
    while (long(latencies.size()) < total) {
        for (; sent < total && !idle.empty(); ++sent) {
            const auto due = started + std::chrono::nanoseconds(long(1e9 * double(sent) / rate));
            if (Clock::now() < due)
                break;
            Connection* connection = idle.back();
            idle.pop_back();
            connection->due = due;
            connection->head.clear();
            connection->body_left = -1;
            if (::send(connection->socket, request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size()))
                fail("send");
        }
        epoll_event events[64];
        const int ready = ::epoll_wait(poll, events, 64, 0);
        for (int i = 0; i < ready; ++i) {
            auto* connection = static_cast<Connection*>(events[i].data.ptr);
            if (!read_answer(*connection))
                continue;
            latencies.push_back(
                std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - connection->due).count());
            idle.push_back(connection);
        }
    }
    for (const long latency : latencies)
        std::printf("%ld\n", latency);
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "steady_load: %s\n", error.what());
    return 1;
}

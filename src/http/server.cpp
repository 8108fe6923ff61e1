#include "http/server.hpp"

#include "core/descriptor.hpp"
#include "http/lane.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <csignal>
#include <cstring>
#include <future>
#include <netinet/in.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace vitrina {
namespace {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    SocketAddress(const std::string& text, std::uint16_t port)
    {
        boost::system::error_code failed;
        const auto address = boost::asio::ip::make_address(text, failed);
        if (failed)
            throw std::runtime_error("\"" + text + "\" is not an address to listen on, such as 127.0.0.1 or ::");
        const boost::asio::ip::tcp::endpoint endpoint(address, port);
        std::memcpy(&storage, endpoint.data(), endpoint.size());
        size = socklen_t(endpoint.size());
    }
    bool v6() const { return storage.ss_family == AF_INET6; }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

void check(int result, const char* what)
{
    if (result < 0)
        throw std::system_error(errno, std::generic_category(), what);
}

Descriptor bind_socket(const SocketAddress& address, bool shared)
{
    Descriptor fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    check(fd.get(), "socket");
    const int on = 1, off = 0;
    check(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    if (shared)
        check(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on), "SO_REUSEPORT");
    if (address.v6())
        check(::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off), "IPV6_V6ONLY");
    check(::bind(fd.get(), address.get(), address.size), "cannot listen there");
    return fd;
}

std::uint16_t bound_port(int socket)
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    check(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
    return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(address).sin6_port
                                               : reinterpret_cast<sockaddr_in&>(address).sin_port);
}

// One listening socket for each loop, all on one port.
std::vector<Descriptor> listen_on(const ServerOptions& options, std::size_t count, std::uint16_t& port)
{
    {
        // Sharing a port is for our loops; another process of this user must be told it is taken. A bind without
        // SO_REUSEPORT finds out, and picks a free port.
        const Descriptor alone = bind_socket(SocketAddress(options.address, options.port), false);
        check(::listen(alone.get(), 1), "cannot listen there");
        port = bound_port(alone.get());
    }
    std::vector<Descriptor> sockets;
    for (std::size_t i = 0; i < count; ++i) {
        sockets.push_back(bind_socket(SocketAddress(options.address, port), true));
        check(::listen(sockets.back().get(), 4096), "cannot listen there");
    }
    return sockets;
}

} // namespace

struct Server::Inside {
    EventLoops& loops;
    std::shared_ptr<ServerShared> shared;
    std::vector<std::shared_ptr<Lane>> lanes;
    std::uint16_t port = 0;
    bool drained = false;

    void on_every_lane(void (Lane::*action)())
    {
        for (std::size_t i = 0; i < lanes.size(); ++i)
            loops.post(i, [lane = lanes[i], action] { (lane.get()->*action)(); });
    }

    // Not for long, should a loop be busy.
    void on_every_lane_now(void (Lane::*action)())
    {
        std::vector<std::future<void>> done;
        for (std::size_t i = 0; i < lanes.size(); ++i) {
            auto told = std::make_shared<std::promise<void>>();
            done.push_back(told->get_future());
            loops.post(i, [lane = lanes[i], action, told] {
                (lane.get()->*action)();
                told->set_value();
            });
        }
        for (auto& one : done)
            one.wait_for(std::chrono::seconds(5));
    }

    bool wait_until_empty(std::chrono::milliseconds budget)
    {
        std::unique_lock lock(shared->mutex);
        return shared->last_gone.wait_for(lock, budget, [this] { return shared->connections.load() == 0; });
    }
};

Server::Server(EventLoops& loops, Router router, Hooks hooks, ServerOptions options)
    : inside_(new Inside{
          loops, std::make_shared<ServerShared>(std::move(router), std::move(hooks), std::move(options)), {}})
{
    // A client that goes away is an error code here; sendfile and OpenSSL would raise a signal for it.
    std::signal(SIGPIPE, SIG_IGN);
    ServerShared& shared = *inside_->shared;
    if (shared.options.tls)
        shared.tls = std::make_unique<TlsContext>(shared.options.tls->certificate, shared.options.tls->key);
    shared.lanes = loops.size();
    auto sockets = listen_on(shared.options, loops.size(), inside_->port);
    for (std::size_t i = 0; i < loops.size(); ++i) {
        inside_->lanes.push_back(std::make_shared<Lane>(inside_->shared, loops.executor(i), sockets[i].get()));
        sockets[i].release();
    }
    inside_->on_every_lane(&Lane::start);
}

Server::~Server()
{
    drain(std::chrono::milliseconds(0));
}

std::uint16_t Server::port() const
{
    return inside_->port;
}

ServerCounters Server::counters() const
{
    ServerCounters sum;
    sum.connections = inside_->shared->connections.load(std::memory_order_relaxed);
    for (const auto& lane : inside_->lanes) {
        sum.idle += lane->counters.idle.load(std::memory_order_relaxed);
        sum.in_flight += lane->counters.in_flight.load(std::memory_order_relaxed);
        sum.accepted += lane->counters.accepted.load(std::memory_order_relaxed);
        sum.requests += lane->counters.requests.load(std::memory_order_relaxed);
    }
    return sum;
}

bool Server::drain(std::chrono::milliseconds budget)
{
    if (std::exchange(inside_->drained, true) || !inside_->loops.running())
        return true;
    inside_->on_every_lane_now(&Lane::begin_drain);
    const bool in_time = inside_->wait_until_empty(budget);
    if (!in_time) {
        inside_->on_every_lane(&Lane::cut_off);
        // A handler that is not reading or sending just now ends in its own time.
        inside_->wait_until_empty(std::chrono::seconds(10));
    }
    inside_->on_every_lane(&Lane::stop);
    return in_time;
}

} // namespace vitrina

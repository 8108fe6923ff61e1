#include "http/lane.hpp"

#include "core/clock.hpp"
#include "core/descriptor.hpp"
#include "core/random.hpp"
#include "core/sleep.hpp"
#include "http/connection.hpp"

#include <arpa/inet.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace vitrina {
namespace {

// Past the limit, this many more connections are told so; the ones after them are closed without a word.
constexpr std::size_t told_of_overload = 256;

constexpr std::size_t body_bytes_with_head = 16 * 1024; // small bodies arrive together with their head

std::string address_text(const sockaddr_storage& address)
{
    char text[INET6_ADDRSTRLEN] = "";
    if (address.ss_family == AF_INET) {
        ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
        return text;
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6))
        ::inet_ntop(AF_INET, v6.s6_addr + 12, text, sizeof text);
    else
        ::inet_ntop(AF_INET6, &v6, text, sizeof text);
    return text;
}

Task<> serve(std::unique_ptr<Connection> connection)
{
    co_await connection->run();
}

} // namespace

void ServerShared::one_gone()
{
    if (connections.fetch_sub(1) == 1) {
        const std::lock_guard lock(mutex);
        last_gone.notify_all();
    }
}

Lane::Lane(std::shared_ptr<ServerShared> server, Executor executor, int listening_socket)
    : head_bytes(server->options.limits.header_bytes + body_bytes_with_head),
      server_(std::move(server)),
      executor_(executor),
      acceptor_(executor, boost::asio::ip::tcp::v4(), listening_socket)
{
    fill_random(std::as_writable_bytes(std::span(&id_state_, 1)));
}

void Lane::start()
{
    auto self = shared_from_this();
    const auto keep = [self](std::exception_ptr thrown) {
        if (thrown)
            std::rethrow_exception(thrown);
    };
    boost::asio::co_spawn(executor_, accept_clients(), keep);
    boost::asio::co_spawn(executor_, sweep(), keep);
}

Task<> Lane::accept_clients()
{
    const boost::asio::use_awaitable_t<Executor> token;
    while (!draining_) {
        boost::system::error_code failed;
        co_await acceptor_.async_wait(Acceptor::wait_read, boost::asio::redirect_error(token, failed));
        while (!draining_ && accept_one()) {}
        if (out_of_descriptors_) {
            out_of_descriptors_ = false;
            co_await sleep_for(std::chrono::milliseconds(100)); // until a connection ends; asking at once would spin
        }
    }
}

bool Lane::accept_one()
{
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto* peer = reinterpret_cast<sockaddr*>(&address);
    const int socket = ::accept4(acceptor_.native_handle(), peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
        out_of_descriptors_ = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
        return errno == ECONNABORTED || errno == EINTR;
    }
    try {
        welcome(socket, address_text(address));
    } catch (const std::exception&) {
        return false; // no room for this one; its socket is closed, and the others are served on
    }
    return true;
}

void Lane::welcome(int socket, std::string peer)
{
    Descriptor held(socket); // the next line may find no room in epoll
    ClientSocket::Socket owner(executor_, boost::asio::ip::tcp::v4(), socket);
    held.release();
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    count(counters.accepted, 1);
    const auto others = server_->connections.fetch_add(1);
    const bool overloaded = others >= limits().connections;
    if (others >= limits().connections + told_of_overload) {
        server_->one_gone();
        return;
    }
    SslHandle tls = server_->tls ? server_->tls->make_session(socket) : SslHandle{};
    auto connection = std::make_unique<Connection>(shared_from_this(), ClientSocket(std::move(owner), std::move(tls)),
                                                   std::move(peer), overloaded);
    boost::asio::co_spawn(executor_, serve(std::move(connection)), boost::asio::detached);
}

Task<> Lane::sweep()
{
    while (!stopped_) {
        co_await sleep_for(limits().sweep);
        now = std::chrono::steady_clock::now();
        for (ClientLine& line : lines_)
            line.sweep(now);
    }
}

void Lane::begin_drain()
{
    if (draining_)
        return;
    while (accept_one()) { // whoever the kernel has accepted already
    }
    draining_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (ClientLine& line : lines_)
        if (line.idle)
            line.interrupt();
}

void Lane::cut_off()
{
    for (ClientLine& line : lines_)
        line.cut_off();
}

void Lane::stop()
{
    stopped_ = true;
}

const std::string& Lane::date()
{
    const std::time_t second = std::time(nullptr);
    if (second != date_second_) {
        date_second_ = second;
        date_ = http_date(Instant{std::chrono::seconds{second}});
    }
    return date_;
}

// Unguessable enough to be unique, not to keep a secret (SplitMix64).
std::string Lane::make_request_id()
{
    std::uint64_t z = id_state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    z ^= z >> 31;
    static constexpr char hex[] = "0123456789abcdef";
    std::string id(16, '0');
    for (char& c : id) {
        c = hex[z & 15];
        z >>= 4;
    }
    return id;
}

} // namespace vitrina

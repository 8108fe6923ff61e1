#include "http/client_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace vitrina {
namespace {

// TLS makes a record of at most this; smaller pieces are joined to share one.
constexpr std::size_t record = 16 * 1024;

ClientSocket::Moved after_call(ssize_t result, ClientSocket::Outcome otherwise)
{
    if (result > 0)
        return {ClientSocket::Outcome::done, std::size_t(result)};
    if (result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return {otherwise};
    return {ClientSocket::Outcome::closed};
}

template <class Call>
ssize_t uninterrupted(Call call)
{
    ssize_t result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

} // namespace

ClientSocket::Moved ClientSocket::after_tls(int result)
{
    if (result > 0)
        return {Outcome::done, std::size_t(result)};
    switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ: return {Outcome::wait_readable};
    case SSL_ERROR_WANT_WRITE: return {Outcome::wait_writable};
    default: ERR_clear_error(); return {Outcome::closed};
    }
}

ClientSocket::Moved ClientSocket::handshake()
{
    ERR_clear_error();
    return after_tls(SSL_do_handshake(tls_.get()));
}

ClientSocket::Moved ClientSocket::receive(std::span<char> into)
{
    if (tls_) {
        ERR_clear_error();
        return after_tls(SSL_read(tls_.get(), into.data(), int(std::min<std::size_t>(into.size(), INT_MAX))));
    }
    const int fd = socket_.native_handle();
    return after_call(uninterrupted([&] { return ::recv(fd, into.data(), into.size(), 0); }), Outcome::wait_readable);
}

ClientSocket::Moved ClientSocket::send(const Pieces& pieces, bool more)
{
    if (tls_) {
        ERR_clear_error();
        std::size_t total = 0;
        for (const auto& piece : pieces)
            total += piece.size();
        const auto first = std::ranges::find_if(pieces, [](std::string_view p) { return !p.empty(); });
        if (first == pieces.end())
            return {Outcome::done};
        if (first->size() == total || total > record)
            return after_tls(SSL_write(tls_.get(), first->data(), int(std::min<std::size_t>(first->size(), INT_MAX))));
        std::array<char, record> joined;
        char* end = joined.data();
        for (const auto& piece : pieces)
            end = std::copy(piece.begin(), piece.end(), end);
        return after_tls(SSL_write(tls_.get(), joined.data(), int(total)));
    }
    std::array<iovec, 3> vectors;
    std::size_t count = 0;
    for (const auto& piece : pieces)
        if (!piece.empty())
            vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
    if (count == 0)
        return {Outcome::done};
    const int fd = socket_.native_handle();
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    if (count == 1)
        return after_call(uninterrupted([&] { return ::send(fd, vectors[0].iov_base, vectors[0].iov_len, flags); }),
                          Outcome::wait_writable);
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = count;
    return after_call(uninterrupted([&] { return ::sendmsg(fd, &message, flags); }), Outcome::wait_writable);
}

ClientSocket::Moved ClientSocket::send_file(int file, std::uint64_t offset, std::size_t length)
{
    off_t at = off_t(offset);
    const int fd = socket_.native_handle();
    return after_call(uninterrupted([&] { return ::sendfile(fd, file, &at, length); }), Outcome::wait_writable);
}

bool ClientSocket::holds_input() const
{
    return tls_ && SSL_pending(tls_.get()) > 0;
}

std::size_t ClientSocket::bytes_at_hand()
{
    boost::system::error_code ignored;
    const std::size_t decrypted = tls_ ? std::size_t(SSL_pending(tls_.get())) : 0;
    return decrypted + socket_.available(ignored);
}

void ClientSocket::buffer_little()
{
    const int bytes = 32 * 1024; // Linux doubles it for its own needs
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void ClientSocket::interrupt()
{
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void ClientSocket::finish_sending()
{
    if (tls_) {
        ERR_clear_error();
        SSL_shutdown(tls_.get()); // best effort: the alert may not fit, and the client reads EOF anyway
        ERR_clear_error();
    }
    ::shutdown(socket_.native_handle(), SHUT_WR);
}

void ClientSocket::cut()
{
    ::shutdown(socket_.native_handle(), SHUT_RDWR);
    interrupt();
}

} // namespace vitrina

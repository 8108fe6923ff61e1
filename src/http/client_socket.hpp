#pragma once
#include "core/task.hpp"
#include "http/tls_context.hpp"

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vitrina {

// A connected, non-blocking socket, plain or with TLS on it. Its calls never block: they say how far they came and
// what to wait for.
class ClientSocket {
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

    enum class Outcome { done, wait_readable, wait_writable, closed };
    struct Moved {
        Outcome outcome;
        std::size_t bytes = 0; // with done; more than 0, but for a handshake
    };
    // Up to three pieces that are sent as one.
    using Pieces = std::array<std::string_view, 3>;

    ClientSocket(Socket socket, SslHandle tls) : socket_(std::move(socket)), tls_(std::move(tls)) {}

    bool encrypted() const { return tls_ != nullptr; }
    Moved handshake();
    Moved receive(std::span<char> into);
    // `more` follows at once: the kernel may wait for it to fill a packet.
    Moved send(const Pieces& pieces, bool more);
    // Not through TLS.
    Moved send_file(int file, std::uint64_t offset, std::size_t length);
    // Bytes are at hand without the socket turning readable.
    bool holds_input() const;
    // About how many bytes a receive() would find; 0 where nobody can say.
    std::size_t bytes_at_hand();

    // The kernel holds little of what the client does not take: for answers that may last for days.
    void buffer_little();

    // Ends a wait on the socket.
    void interrupt();

    // No more bytes from us; the client may go on sending.
    void finish_sending();
    // Sends and receives fail from now on.
    void cut();

    Socket& socket() { return socket_; }

private:
    Moved after_tls(int result);

    Socket socket_;
    SslHandle tls_;
};

} // namespace vitrina

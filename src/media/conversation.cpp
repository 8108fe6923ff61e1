#include "media/conversation.hpp"

#include "core/errors.hpp"
#include "media/wire.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace vitrina {

namespace asio = boost::asio;

namespace {

using Protocol = asio::local::stream_protocol;
using Socket = asio::basic_stream_socket<Protocol, Executor>;
using Descriptor = asio::posix::basic_stream_descriptor<Executor>;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// The ChildProcess keeps its own; Asio closes what it is given.
int duplicate(int descriptor)
{
    int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        throw Unavailable("no descriptor is free for the media reader");
    return copy;
}

Task<bool> receive(Socket& socket, std::span<std::byte> out)
{
    boost::system::error_code error;
    const asio::use_awaitable_t<Executor> token;
    auto quietly = asio::redirect_error(token, error);
    auto buffer = asio::buffer(out.data(), out.size());
    co_await asio::async_read(socket, buffer, quietly);
    co_return !error;
}

Task<bool> send(Socket& socket, std::span<const std::byte> bytes)
{
    boost::system::error_code error;
    const asio::use_awaitable_t<Executor> token;
    auto quietly = asio::redirect_error(token, error);
    auto buffer = asio::buffer(bytes.data(), bytes.size());
    co_await asio::async_write(socket, buffer, quietly);
    co_return !error;
}

// The child's next word; nothing when it ended or broke the rules.
Task<std::optional<MediaReply>> hear(Socket& socket, std::vector<std::byte>& payload, bool& nonsense)
{
    std::array<std::byte, reply_head_size> head_bytes;
    bool heard = co_await receive(socket, head_bytes);
    if (!heard)
        co_return std::nullopt;
    auto head = parse_reply_head(head_bytes);
    nonsense = !head;
    if (nonsense)
        co_return std::nullopt;

    payload.resize(head->length);
    heard = co_await receive(socket, payload);
    if (!heard)
        co_return std::nullopt;
    auto reply = parse_reply(head->kind, payload);
    nonsense = !reply;
    co_return reply;
}

// Reads what the child asked for, after its length, into `out`.
Task<> fetch(const MediaSource& source, ReadRequest request, std::vector<std::byte>& out)
{
    constexpr std::size_t length_size = 4;
    out.resize(length_size + request.length);
    std::size_t got = 0;
    if (request.offset < source.size) {
        auto room = std::span(out).subspan(length_size);
        got = co_await source.read(request.offset, room);
    }
    WireWriter length;
    length.u32(static_cast<std::uint32_t>(got));
    std::memcpy(out.data(), length.take().data(), length_size);
    out.resize(length_size + got);
}

} // namespace

bool send_job(ChildProcess& child, const MediaJob& job, int descriptor)
{
    std::string bytes = write_job(job);
    iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    if (job.has_descriptor) {
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
    }
    // An empty socket takes so small a message whole, without waiting.
    return sendmsg(child.socket(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

Task<TalkEnd> talk_with(std::shared_ptr<ChildProcess> child, MediaSource source, std::chrono::milliseconds wall_time)
{
    auto executor = co_await asio::this_coro::executor;
    Socket socket(executor, Protocol(), duplicate(child->socket()));

    // Killing the child is all that is needed: its end of the socket closes, and the wait below ends.
    auto out_of_time = std::make_shared<std::atomic<bool>>(false);
    Timer deadline(executor, wall_time);
    deadline.async_wait([weak = std::weak_ptr(child), out_of_time](boost::system::error_code called_off) {
        if (auto late = weak.lock(); late && !called_off) {
            *out_of_time = true;
            late->kill();
        }
    });

    TalkEnd end;
    std::vector<std::byte> buffer;
    while (true) {
        auto reply = co_await hear(socket, buffer, end.nonsense);
        if (!reply)
            break;
        auto* request = std::get_if<ReadRequest>(&*reply);
        if (!request) {
            end.answered = true;
            end.answer = std::move(*reply);
            break;
        }
        end.nonsense = !source.read; // it has the file itself and nothing to ask for
        if (end.nonsense)
            break;
        try {
            co_await fetch(source, *request, buffer);
        } catch (...) {
            end.source_failure = std::current_exception();
        }
        if (end.source_failure)
            break;
        bool sent = co_await send(socket, buffer);
        if (!sent)
            break;
    }
    end.out_of_time = *out_of_time && !end.answered;
    child->kill();
    co_return end;
}

Task<ChildEnd> wait_for_end(std::shared_ptr<ChildProcess> child)
{
    child->kill();
    auto executor = co_await asio::this_coro::executor;
    Descriptor ended(executor, duplicate(child->pidfd()));
    const asio::use_awaitable_t<Executor> token;
    co_await ended.async_wait(Descriptor::wait_read, token);
    co_return child->reap();
}

} // namespace vitrina

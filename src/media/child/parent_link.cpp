#include "media/child/parent_link.hpp"

#include "media/wire.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace vitrina {

namespace {

[[noreturn]] void end_without_parent()
{
    _exit(0);
}

} // namespace

std::optional<MediaJob> ParentLink::wait_for_job()
{
    std::array<std::byte, media_job_size> bytes;
    iovec part{.iov_base = bytes.data(), .iov_len = bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();

    // One message that small arrives whole. A descriptor in it takes the lowest free number, which is the right one.
    ssize_t got = 0;
    do
        got = recvmsg(parent_descriptor, &message, MSG_WAITALL);
    while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(bytes.size()))
        return std::nullopt;
    return parse_job(bytes);
}

void ParentLink::receive(std::span<std::byte> out)
{
    while (!out.empty()) {
        ssize_t got = recv(parent_descriptor, out.data(), out.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            end_without_parent();
        out = out.subspan(static_cast<std::size_t>(got));
    }
}

void ParentLink::tell(const MediaReply& reply)
{
    std::string bytes = write_reply(reply);
    std::string_view rest = bytes;
    while (!rest.empty()) {
        ssize_t sent = send(parent_descriptor, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            end_without_parent();
        rest.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::size_t ParentLink::read(std::uint64_t offset, std::span<std::byte> out)
{
    ReadRequest request{.offset = offset,
                        .length = static_cast<std::uint32_t>(std::min<std::size_t>(out.size(), max_read))};
    tell(request);

    std::array<std::byte, 4> length_bytes;
    receive(length_bytes);
    WireReader in(length_bytes);
    std::uint32_t length = in.u32();
    if (length == read_failed || length > request.length)
        end_without_parent();
    receive(out.first(length));
    return length;
}

} // namespace vitrina

#include "http/response_writer.hpp"

#include "http/hang_up_watch.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace vitrina {
namespace {

// What one call of sendfile may send: enough to be cheap, little enough that other clients get their turn.
constexpr std::uint64_t window = 2 * 1024 * 1024;

// Whether the page with this byte can be had without waiting for the disk.
bool in_memory(int file, std::uint64_t offset)
{
    char byte;
    iovec vector{&byte, 1};
    return ::preadv2(file, &vector, 1, off_t(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

void read_through(int file, std::uint64_t offset, std::uint64_t length)
{
    ::posix_fadvise(file, off_t(offset), off_t(length + window), POSIX_FADV_WILLNEED);
    std::array<char, 64 * 1024> block;
    for (const auto end = offset + length; offset < end;) {
        const auto size = std::min<std::uint64_t>(block.size(), end - offset);
        const ssize_t got = ::pread(file, block.data(), size, off_t(offset));
        if (got <= 0)
            return; // sendfile will meet the same error and tell
        offset += std::uint64_t(got);
    }
}

std::string chunk_size(std::size_t size)
{
    char digits[18];
    const auto end = std::to_chars(digits, digits + 16, size, 16).ptr;
    end[0] = '\r', end[1] = '\n';
    return {digits, end + 2};
}

} // namespace

void ResponseWriter::begin(Response& response, ContentPlan plan, ResponseFrame frame, bool head_only)
{
    response_ = &response;
    plan_ = std::move(plan);
    frame_ = frame;
    body_wanted_ = !head_only && has_body(response.status);
}

void ResponseWriter::put_head(std::string& out) const
{
    write_response_head(out, *response_, frame_, lane_.date());
}

std::string_view ResponseWriter::text() const
{
    if (const auto* own = std::get_if<std::string>(&response_->body))
        return *own;
    const auto* shared = std::get_if<SharedBody>(&response_->body);
    return shared && *shared ? std::string_view(**shared) : std::string_view{};
}

bool ResponseWriter::start()
{
    const bool one_text = !std::holds_alternative<PieceSource>(response_->body) &&
                          !std::holds_alternative<Content>(response_->body) && !response_->is_live();
    if (body_wanted_ && !one_text)
        return false;
    touched_ = true;
    lane_.out.clear();
    put_head(lane_.out);
    unsent_ = {lane_.out, body_wanted_ ? text() : std::string_view{}, {}};
    sent_ = unsent_[1].size();
    if (line_.send_now(unsent_, false))
        return true;
    unsent_head_ = unsent_[0]; // lane_.out is the next client's while we wait
    unsent_[0] = unsent_head_;
    return false;
}

Task<bool> ResponseWriter::send(ClientSocket::Pieces pieces, bool more)
{
    return line_.send(pieces, more, lane_.limits().write_idle);
}

Task<> ResponseWriter::finish()
{
    bool whole = false;
    try {
        if (!body_wanted_)
            whole = co_await send(unsent_, false);
        else if (auto* pieces = std::get_if<PieceSource>(&response_->body))
            whole = co_await send_pieces(*pieces);
        else if (auto* live = std::get_if<std::unique_ptr<LiveBody>>(&response_->body))
            whole = co_await send_live(**live);
        else if (auto* content = std::get_if<Content>(&response_->body))
            whole = co_await send_content(*content);
        else
            whole = co_await send(unsent_, false);
    } catch (...) {
        failure_ = std::current_exception();
    }
    if (!whole && !untouched())
        line_.cut_off();
}

Task<bool> ResponseWriter::send_pieces(PieceSource& source)
{
    std::string head;
    put_head(head);
    while (true) {
        const std::string piece = co_await source();
        const bool sent = co_await send_piece(head, piece);
        if (piece.empty() || !sent)
            co_return sent;
        // A client that takes everything at once would have the loop to itself until the end.
        const boost::asio::use_awaitable_t<Executor> token;
        co_await boost::asio::post(token);
    }
}

Task<bool> ResponseWriter::send_live(LiveBody& body)
{
    line_.socket().buffer_little();
    const HangUpWatch watch(line_, body);
    std::string head;
    put_head(head);
    while (true) {
        const std::string piece = co_await body.next();
        const bool sent = co_await send_piece(head, piece);
        if (piece.empty() || !sent)
            co_return sent;
        const boost::asio::use_awaitable_t<Executor> token;
        co_await boost::asio::post(token);
    }
}

// The head goes out with the first piece.
Task<bool> ResponseWriter::send_piece(std::string& head, const std::string& piece)
{
    if (frame_.chunked)
        head += chunk_size(piece.size());
    const ClientSocket::Pieces pieces{head, piece, frame_.chunked ? std::string_view("\r\n") : std::string_view{}};
    touched_ = true;
    const bool sent = co_await send(pieces, false);
    sent_ += piece.size();
    head.clear();
    co_return sent;
}

Task<bool> ResponseWriter::send_content(Content& content)
{
    std::string head;
    put_head(head);
    touched_ = true;
    for (const ContentPiece& piece : plan_.pieces) {
        head += piece.text;
        const ClientSocket::Pieces text{head};
        const bool told = co_await send(text, piece.bytes.length > 0);
        if (!told)
            co_return false;
        head.clear();
        sent_ += piece.text.size();
        bool sent = true;
        if (piece.bytes.length == 0)
            continue;
        if (content.source->descriptor() >= 0 && !line_.encrypted())
            sent = co_await send_from_file(*content.source, piece.bytes);
        else
            sent = co_await send_by_reading(*content.source, piece.bytes);
        if (!sent)
            co_return false;
    }
    co_return true;
}

Task<bool> ResponseWriter::send_from_file(ContentSource& source, ByteRange range)
{
    const int file = source.descriptor();
    std::uint64_t looked_at = range.offset; // up to here it is known to be in memory
    const std::uint64_t end = range.offset + range.length;
    for (std::uint64_t offset = range.offset; offset < end;) {
        if (offset >= looked_at) {
            const auto ahead = std::min(window, end - offset);
            co_await bring_into_memory(file, offset, ahead);
            looked_at = offset + ahead;
        }
        const ClientSocket::Moved moved = line_.socket().send_file(file, offset, std::size_t(looked_at - offset));
        if (moved.outcome == ClientSocket::Outcome::closed)
            co_return false;
        offset += moved.bytes;
        sent_ += moved.bytes;
        if (offset == end)
            break;
        const bool ready = co_await line_.wait_writable(lane_.limits().write_idle);
        if (!ready)
            co_return false;
    }
    co_return true;
}

Task<> ResponseWriter::bring_into_memory(int file, std::uint64_t offset, std::uint64_t length)
{
    if (in_memory(file, offset) && in_memory(file, offset + length - 1))
        co_return;
    auto work = [file, offset, length] { read_through(file, offset, length); };
    co_await run_on(lane_.server().disk, std::move(work));
}

Task<bool> ResponseWriter::send_by_reading(ContentSource& source, ByteRange range)
{
    // Under TLS a reader that stops holds what it was sent last: a record, not a quarter of a megabyte.
    const std::uint64_t piece = line_.socket().encrypted() ? BufferPool::small_size : BufferPool::buffer_size;
    for (std::uint64_t done = 0; done < range.length;) {
        const auto size = std::size_t(std::min(piece, range.length - done));
        BufferPool::Lease lease = lane_.buffers.lend(size);
        const auto room = lease.bytes().first(size);
        const std::size_t got = co_await source.read(range.offset + done, std::as_writable_bytes(room));
        if (got == 0)
            co_return false;
        const ClientSocket::Pieces bytes{std::string_view(room.data(), got)};
        const bool sent = co_await send(bytes, false);
        if (!sent)
            co_return false;
        done += got;
        sent_ += got;
        lease.give_back();
        const bool ready = done == range.length || co_await line_.wait_writable(lane_.limits().write_idle);
        if (!ready)
            co_return false;
    }
    co_return true;
}

} // namespace vitrina

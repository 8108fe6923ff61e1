#include "http/body_reader.hpp"

#include "core/errors.hpp"

#include <algorithm>
#include <cstring>

namespace vitrina {
namespace {

// A chunk this long is handed out by itself; shorter ones are put together, so that a body of tiny chunks does not
// become a write for each.
constexpr std::size_t long_chunk = 16 * 1024;

constexpr std::size_t most_drained = 64 * 1024;

} // namespace

BodyReader::BodyReader(ClientLine& line, BufferPool& buffers, const Limits& limits)
    : line_(line), buffers_(buffers), limits_(limits)
{
}

void BodyReader::begin(const RequestHead& head)
{
    announced_ = head.chunked ? std::nullopt : std::optional(head.content_length.value_or(0));
    left_ = announced_.value_or(0);
    chunked_ = head.chunked;
    finished_ = !head.has_body();
    expects_continue_ = head.expects_continue && !finished_;
}

Task<std::span<const std::byte>> BodyReader::read()
{
    if (announced_.value_or(0) > most_)
        throw RequestTooLarge("the announced body is larger than allowed");
    std::string_view bytes = take();
    while (bytes.empty() && !finished_) {
        co_await refill();
        bytes = take();
    }
    received_ += bytes.size();
    if (received_ > most_)
        throw RequestTooLarge("the body is larger than allowed");
    if (bytes.empty())
        lease_.give_back();
    co_return std::as_bytes(std::span(bytes));
}

Task<std::string> BodyReader::read_all()
{
    std::string body;
    if (announced_.value_or(0) <= std::min<std::uint64_t>(most_, 1 << 20))
        body.reserve(announced_.value_or(0));
    while (true) {
        const auto bytes = co_await read();
        if (bytes.empty())
            co_return body;
        body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
}

std::string_view BodyReader::take()
{
    if (!chunked_) {
        const auto bytes = raw_;
        raw_ = {};
        left_ -= bytes.size();
        finished_ = left_ == 0;
        return bytes;
    }
    char* const begin = lease_.bytes().data();
    std::size_t gathered = 0;
    while (!raw_.empty() && decoder_.state() == ChunkedDecoder::State::unfinished) {
        const auto step = decoder_.next(raw_);
        raw_.remove_prefix(step.used);
        if (step.data.size() >= long_chunk && gathered == 0)
            return step.data;
        if (!step.data.empty())
            std::memmove(begin + gathered, step.data.data(), step.data.size());
        gathered += step.data.size();
    }
    if (decoder_.state() == ChunkedDecoder::State::broken)
        throw MalformedBody("the body's chunks are malformed");
    finished_ = decoder_.state() == ChunkedDecoder::State::finished;
    if (finished_) {
        line_.unread.insert(0, raw_); // the next request came along
        raw_ = {};
    }
    return {begin, gathered};
}

std::size_t BodyReader::wanted() const
{
    return chunked_ ? BufferPool::buffer_size : std::size_t(std::min<std::uint64_t>(BufferPool::buffer_size, left_));
}

void BodyReader::refill_from_unread()
{
    const auto size = std::min(line_.unread.size(), wanted());
    if (lease_.bytes().size() < size)
        lease_ = buffers_.lend(size);
    std::memcpy(lease_.bytes().data(), line_.unread.data(), size);
    raw_ = {lease_.bytes().data(), size};
    line_.unread.erase(0, size);
}

Task<> BodyReader::refill()
{
    if (!line_.unread.empty()) {
        expects_continue_ = false; // it did not wait for us
        refill_from_unread();
        co_return;
    }
    if (expects_continue_)
        co_await send_continue();

    // Even when more bytes are there already, the loop's other clients come first. Under TLS they may be in OpenSSL's
    // hands, where the socket does not tell.
    lease_.give_back();
    std::size_t size = 0;
    const auto begun = std::chrono::steady_clock::now();
    while (size == 0) {
        bool ready = line_.socket().holds_input();
        if (!ready)
            ready = co_await line_.wait_readable(limits_.body_idle);
        if (!ready)
            give_up();
        lease_ = buffers_.lend(std::min(wanted(), line_.socket().bytes_at_hand()));
        const auto room = lease_.bytes().first(std::min(wanted(), lease_.bytes().size()));
        while (size < room.size()) {
            const auto got = line_.receive(room.subspan(size));
            if (got == 0)
                break;
            size += got;
        }
        raw_ = {lease_.bytes().data(), size};
        if (size > 0)
            break;
        lease_.give_back();
        if (!line_.usable())
            give_up();
    }
    account(std::chrono::steady_clock::now() - begun, size);
}

void BodyReader::account(std::chrono::steady_clock::duration waited, std::size_t bytes)
{
    waited_ += waited;
    arrived_ += bytes;
    if (waited_ < limits_.rate_window)
        return;
    const double seconds = std::chrono::duration<double>(waited_).count();
    if (double(arrived_) < double(limits_.minimum_rate) * seconds)
        line_.time_out();
    waited_ = {};
    arrived_ = 0;
    if (!line_.usable())
        give_up();
}

Task<> BodyReader::send_continue()
{
    expects_continue_ = false;
    const ClientSocket::Pieces pieces{"HTTP/1.1 100 Continue\r\n\r\n"};
    const bool sent = co_await line_.send(pieces, false, limits_.write_idle);
    if (!sent)
        give_up();
}

void BodyReader::give_up() const
{
    if (line_.state() == ClientLine::State::timed_out)
        throw Disconnected("the client sends its body too slowly");
    throw Disconnected("the client went away before the end of its body");
}

bool BodyReader::drain_quickly()
{
    if (finished_ || expects_continue_ || !line_.usable() || (!chunked_ && left_ > most_drained))
        return finished_;
    std::size_t drained = raw_.size();
    try {
        while (true) {
            while (!raw_.empty() && !finished_)
                take();
            if (finished_ || drained > most_drained)
                break;
            if (line_.unread.empty()) {
                if (!lease_)
                    lease_ = buffers_.lend(most_drained);
                const auto room = lease_.bytes().first(std::min(wanted(), lease_.bytes().size()));
                raw_ = {room.data(), line_.receive(room)};
            } else {
                refill_from_unread();
            }
            if (raw_.empty())
                break;
            drained += raw_.size();
        }
    } catch (const MalformedBody&) {
        finished_ = false;
    }
    lease_.give_back();
    return finished_;
}

} // namespace vitrina

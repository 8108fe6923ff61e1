#pragma once
#include "http/buffer_pool.hpp"
#include "http/chunked_decoder.hpp"
#include "http/client_line.hpp"
#include "http/limits.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"

namespace vitrina {

// The body of one request, straight from the client's line. Never reads past its end: what follows stays in
// line.unread for the next request.
class BodyReader final : public BodyStream {
public:
    BodyReader(ClientLine& line, BufferPool& buffers, const Limits& limits);

    void begin(const RequestHead& head);
    // How much may come; past it RequestTooLarge is thrown, at once when it was announced.
    void allow(std::uint64_t most) { most_ = most; }

    std::optional<std::uint64_t> announced_size() const override { return announced_; }
    Task<std::span<const std::byte>> read() override;
    Task<std::string> read_all();

    bool finished() const { return finished_; }
    std::uint64_t received() const { return received_; }
    // Takes what is left of the body if it is small and already here; true when nothing is left then.
    bool drain_quickly();

private:
    std::string_view take();     // decoded bytes from raw_
    std::size_t wanted() const;  // how much may be received at once
    void refill_from_unread();
    Task<> refill();
    Task<> send_continue();
    void account(std::chrono::steady_clock::duration waited, std::size_t bytes);
    [[noreturn]] void give_up() const;

    ClientLine& line_;
    BufferPool& buffers_;
    const Limits& limits_;

    std::optional<std::uint64_t> announced_;
    std::uint64_t left_ = 0; // of a body with Content-Length
    bool chunked_ = false, finished_ = true, expects_continue_ = false;
    ChunkedDecoder decoder_;
    std::uint64_t received_ = 0, most_ = UINT64_MAX;

    BufferPool::Lease lease_;
    std::string_view raw_; // received into the lease, not decoded yet

    // Of the current window of the minimum rate: only the time we waited for the client counts.
    std::chrono::steady_clock::duration waited_{};
    std::size_t arrived_ = 0;
};

} // namespace vitrina

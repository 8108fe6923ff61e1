#pragma once
#include "http/outbound.hpp"
#include "http/outbound_loop.hpp"

#include <chrono>
#include <cstdint>
#include <curl/curl.h>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>

namespace vitrina {

using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// Fewer than 1 KiB/s over a whole window means that it has stalled.
class OutboundPace {
public:
    explicit OutboundPace(std::chrono::seconds window) : window_(window) {}

    bool stalled(std::uint64_t moved, std::chrono::steady_clock::time_point now)
    {
        const std::uint64_t enough = 1024 * std::uint64_t(window_.count());
        if (!since_ || moved - moved_before_ >= enough) {
            since_ = now;
            moved_before_ = moved;
            return false;
        }
        return now - *since_ >= window_;
    }

private:
    std::chrono::seconds window_;
    std::optional<std::chrono::steady_clock::time_point> since_;
    std::uint64_t moved_before_ = 0;
};

// What the options say of a URL.
struct OutboundRules {
    std::optional<std::string> refusal; // why nothing is sent there; then the rest says nothing
    std::string scheme, host;
    bool redirected = false;      // connect_to speaks of it
    bool private_allowed = false; // also addresses that are not public
};
OutboundRules outbound_rules(const OutboundOptions& options, const std::string& url, Reach reach);

// One request on its way. Lives in the frame of Outbound::send and never moves: curl holds pointers into it.
class OutboundTransfer final : public OutboundEnd {
public:
    OutboundTransfer(const OutboundOptions& options, OutboundRequest request, std::shared_ptr<OutboundLoop> loop,
                     Executor executor)
        : options_(options),
          request_(std::move(request)),
          loop_(std::move(loop)),
          wake_(executor),
          pace_(request_.stalled_after)
    {
    }
    ~OutboundTransfer() override
    {
        if (!easy_)
            return;
        if (added_)
            loop_->remove(easy_);
        curl_easy_cleanup(easy_);
    }
    OutboundTransfer(const OutboundTransfer&) = delete;
    OutboundTransfer& operator=(const OutboundTransfer&) = delete;

    // Why our own rules refuse the request; nothing when it is on its way.
    std::optional<std::string> start();
    bool has_ended() const { return ended_; }
    // Every address of the host was one that it may not reach.
    bool is_blocked() const { return code_ != CURLE_OK && address_refused_; }
    bool wants_bytes() const { return wants_bytes_; }
    Task<> refill();
    Task<> wait();
    OutboundResult result();

    void ended(CURLcode code) override
    {
        code_ = code;
        ended_ = true;
        wake_.cancel();
    }

private:
    void set_body();
    void set_headers();
    void give_up(std::string reason);
    void check_pace();
    std::uint64_t sent() const;
    bool may_reach(const sockaddr& address) const;

    static std::size_t on_read(char* out, std::size_t one, std::size_t room, void* self);
    static int on_seek(void* self, curl_off_t offset, int origin);
    static std::size_t on_write(char* in, std::size_t one, std::size_t size, void* self);
    static std::size_t on_header(char* in, std::size_t one, std::size_t size, void* self);
    static curl_socket_t on_open(void* self, curlsocktype purpose, curl_sockaddr* address);
    static int on_connected(void* self, char* address, char*, int, int);

    template <class T>
    void set(CURLoption option, T value)
    {
        if (const CURLcode code = curl_easy_setopt(easy_, option, value); code != CURLE_OK)
            throw std::runtime_error(std::string("libcurl refuses an option: ") + curl_easy_strerror(code));
    }

    const OutboundOptions& options_;
    OutboundRequest request_;
    std::shared_ptr<OutboundLoop> loop_;
    LoopTimer wake_;
    CURL* easy_ = nullptr;
    bool added_ = false;
    CurlList headers_{nullptr, &curl_slist_free_all};
    CurlList connect_to_{nullptr, &curl_slist_free_all};
    char error_[CURL_ERROR_SIZE] = "";

    std::string host_;
    bool private_allowed_ = false;
    bool address_refused_ = false;

    std::uint64_t position_ = 0; // in the body
    std::string piece_;          // bytes of the source, from piece_at_ on
    std::uint64_t piece_at_ = 0; // relative to the slice
    bool wants_bytes_ = false;

    OutboundPace pace_;
    std::optional<std::chrono::steady_clock::time_point> all_sent_;
    std::uint64_t received_ = 0;
    std::uint64_t reported_ = ~std::uint64_t(0);
    std::size_t header_bytes_ = 0;
    bool answered_ = false; // the final answer has begun
    std::optional<std::string> gave_up_;
    std::exception_ptr thrown_;

    OutboundReply reply_;
    bool ended_ = false;
    CURLcode code_ = CURLE_OK;
};

} // namespace vitrina

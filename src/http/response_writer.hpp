#pragma once
#include "http/content_plan.hpp"
#include "http/lane.hpp"
#include "http/response_head.hpp"

namespace vitrina {

// Sends one answer. The common case, a text the socket takes at once, is over when start() returns.
class ResponseWriter {
public:
    ResponseWriter(ClientLine& line, Lane& lane) : line_(line), lane_(lane) {}

    // The plan of a Content answer; without it for the others. `head_only` for HEAD requests.
    void begin(Response& response, ContentPlan plan, ResponseFrame frame, bool head_only);
    // True when all was sent.
    bool start();
    // The rest, if start() says so. When it cannot be sent whole, the line is cut: the client must not take half an
    // answer for a whole one. What a body's source threw is kept in failure(); if that was before the first byte went
    // out, the writer is untouched() and another answer may be sent instead.
    Task<> finish();

    std::uint64_t sent() const { return sent_; } // of the body
    std::exception_ptr failure() const { return failure_; }
    bool untouched() const { return !touched_; }

private:
    void put_head(std::string& out) const;
    std::string_view text() const;
    Task<bool> send(ClientSocket::Pieces pieces, bool more);
    Task<bool> send_pieces(PieceSource& source);
    Task<bool> send_live(LiveBody& body);
    Task<bool> send_piece(std::string& head, const std::string& piece);
    Task<bool> send_content(Content& content);
    Task<bool> send_from_file(ContentSource& source, ByteRange range);
    Task<bool> send_by_reading(ContentSource& source, ByteRange range);
    Task<> bring_into_memory(int file, std::uint64_t offset, std::uint64_t length);

    ClientLine& line_;
    Lane& lane_;
    Response* response_ = nullptr;
    ContentPlan plan_;
    ResponseFrame frame_;
    bool body_wanted_ = true, touched_ = false;
    std::string unsent_head_; // after a start() that could not send all
    ClientSocket::Pieces unsent_{};
    std::uint64_t sent_ = 0;
    std::exception_ptr failure_;
};

} // namespace vitrina

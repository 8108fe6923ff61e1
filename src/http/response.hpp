#pragma once
#include "http/request.hpp"

#include <functional>
#include <memory>
#include <variant>

namespace vitrina {

// Bytes of a stored object, sent with sendfile where there is a descriptor. The server applies Range, If-Range and
// the conditional headers itself (http/conditional.hpp, http/byte_range.hpp), from what is said here.
class ContentSource {
public:
    virtual ~ContentSource() = default;
    virtual std::uint64_t size() const = 0;
    // An open descriptor to send from, valid as long as this object; -1 when there is none.
    virtual int descriptor() const = 0;
    // Fills up to out.size() bytes from `offset`; used where there is no descriptor.
    virtual Task<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

struct Content {
    std::unique_ptr<ContentSource> source;
    std::string type;                     // Content-Type
    std::string etag;                     // with its quotes
    std::int64_t modified = 0;            // seconds since 1970, for Last-Modified
};

// A body made piece by piece in constant memory, sent chunked. An empty piece ends it.
using PieceSource = std::function<Task<std::string>()>;

// A body without an end in sight: a piece goes out whenever there is one. While it waits, nobody asks how long; a
// client that goes away is noticed, and one that stops reading is given up. On the connection's loop.
class LiveBody {
public:
    virtual ~LiveBody() = default;
    // The next piece, at once or when there is one; empty when it is over.
    virtual Task<std::string> next() = 0;
    // The client is gone: a next() that waits ends at once.
    virtual void stop() = 0;
};

// A body shared with a cache: sent without a copy.
using SharedBody = std::shared_ptr<const std::string>;

struct Response {
    int status = 200;
    Headers headers;
    std::variant<std::string, SharedBody, PieceSource, Content, std::unique_ptr<LiveBody>> body;
    // Closes the connection without a byte of an answer, as a crashed server would. For the sandbox's faults.
    bool abort = false;

    bool is_live() const { return std::holds_alternative<std::unique_ptr<LiveBody>>(body); }

    Response() = default;
    explicit Response(int code) : status(code) {}
    Response(int code, std::string content_type, std::string text) : status(code), body(std::move(text))
    {
        headers.add("Content-Type", std::move(content_type));
    }
};

} // namespace vitrina

#pragma once
#include "http/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrina {

// Why a request's head is not taken; the connection closes after the answer, for what follows cannot be trusted.
struct HeadRefusal {
    int status = 400;
    std::string_view reason; // one sentence for the client
};

struct FieldView {
    std::string_view name, value;
};

// A request's head, as views into the bytes it was read from.
struct RequestHead {
    std::string_view method, target;
    int minor_version = 1; // HTTP/1.x
    std::vector<FieldView> fields;

    // What the fields say about the message itself.
    std::string_view host;
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool keep_alive = true;
    bool expects_continue = false;

    bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// Where a head ends, looked for as bytes arrive.
struct HeadEnd {
    std::size_t size; // of the head with its empty line
};
struct HeadUnfinished {};

// `bytes` begins with the request line. Refuses as soon as it can be told: a bare LF, a line that is no request line,
// more than the limits. `looked_at` (at first 0) keeps what was looked at between calls.
std::variant<HeadUnfinished, HeadEnd, HeadRefusal> find_head_end(std::string_view bytes, std::size_t& looked_at,
                                                                 const Limits& limits);

// `bytes` is a whole head. Strict where two readers could disagree (RFC 9112, 11.2: request smuggling). `head` is
// filled anew; nothing when all is well.
std::optional<HeadRefusal> parse_head(std::string_view bytes, RequestHead& head, const Limits& limits);

} // namespace vitrina

#pragma once
#include "core/task.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrina {

enum class Method { get, head, post, put, patch, del, options };

struct Header {
    std::string name;
    std::string value;
};

// Header fields in the order they came; names compare without regard to case.
class Headers {
public:
    void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
    // Replaces every field of that name.
    void set(std::string_view name, std::string value);
    // The first field of that name; "" and nothing are different.
    std::optional<std::string_view> find(std::string_view name) const;
    // "" when there is none.
    std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view{}); }

    auto begin() const { return fields_.begin(); }
    auto end() const { return fields_.end(); }
    void clear() { fields_.clear(); }

private:
    std::vector<Header> fields_;
};

// More body than the route takes; answered 413.
class RequestTooLarge : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A body that is not what its headers announced (a broken chunk); answered 400.
class MalformedBody : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// The body of a request that is too large to hold: bytes are taken straight from the socket.
// Throws Disconnected when the client goes away, is idle too long or slower than the minimum rate, and
// RequestTooLarge past the route's limit, MalformedBody for broken chunks. A handler need not catch any of them.
class BodyStream {
public:
    virtual ~BodyStream() = default;
    // Content-Length; nothing when the body is chunked.
    virtual std::optional<std::uint64_t> announced_size() const = 0;
    // The next bytes, in a buffer that is valid until the next call; empty at the end of the body.
    // The buffer is lent: it goes back to the loop with the next call, before it waits for the client.
    virtual Task<std::span<const std::byte>> read() = 0;
};

struct Request {
    Method method = Method::get;
    std::string path;                                  // percent-decoded once and normalised: "/v1/videos/0190…"
    std::string target;                                // as it came, for logs
    std::string query;                                 // raw, without the '?'
    Headers headers;
    std::string body;                                  // whole, for routes with Body::buffered
    BodyStream* stream = nullptr;                      // for routes with Body::streamed; lives as long as the call
    std::vector<std::pair<std::string, std::string>> parameters; // {"id", "0190…"} from the route's pattern
    std::string remote_address;                        // the client's, through a trusted proxy the forwarded one
    std::string scheme = "http";                       // "https" through TLS or a trusted proxy
    std::string id;                                    // request id: X-Request-Id when sane, else made
    std::string caller;                                // who the token says it is; "" where access is open

    // A part of the path; throws std::logic_error when the pattern has no such part.
    std::string_view parameter(std::string_view name) const;
    // The first value of a query parameter, decoded; nothing when absent.
    std::optional<std::string> query_value(std::string_view name) const;
    std::vector<std::string> query_values(std::string_view name) const;
    // "http://host:port" the client used: VITRINA_PUBLIC_URL, else scheme and Host.
    std::string base_url;
};

} // namespace vitrina

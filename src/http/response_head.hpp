#pragma once
#include "http/response.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// "OK" for 200.
std::string_view reason_phrase(int status);

// How the answer's end is told, and what becomes of the connection: the server's business, whatever a handler says.
struct ResponseFrame {
    std::optional<std::uint64_t> length; // nothing: chunked, or until the connection closes
    bool chunked = false;
    bool keep_alive = true;
    int minor_version = 1; // of the request
};

// Appends status line and fields to `out`. Line breaks in a field's value become spaces.
void write_response_head(std::string& out, const Response& response, const ResponseFrame& frame, std::string_view date);

// 1xx, 204 and 304 answers have no body, nor a word about it.
inline bool has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

} // namespace vitrina

#pragma once
#include "http/byte_range.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// A stored object's answer, piece by piece: first the text, then the bytes of the object.
struct ContentPiece {
    std::string text; // the head of a part of multipart/byteranges; "" otherwise
    ByteRange bytes;
};

// What a request gets of an object (RFC 9110, 13 and 14): all, ranges, or only word that it has it already.
struct ContentPlan {
    int status = 200; // 200, 206, 304; 412 and 416 need an error's body
    Headers headers;  // to set on the answer
    std::vector<ContentPiece> pieces;
    std::uint64_t length = 0; // of all pieces
};

// `boundary` must not occur in the object; used between several ranges.
ContentPlan plan_content(const Request& request, const Content& content, std::string_view boundary);

} // namespace vitrina

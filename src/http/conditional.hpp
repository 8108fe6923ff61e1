#pragma once
#include "http/request.hpp"

#include <cstdint>
#include <string_view>

namespace vitrina {

// What is served just now; "" or 0 where there is no such validator.
struct Validators {
    std::string_view etag;     // with its quotes, and W/ if weak
    std::int64_t modified = 0; // seconds since 1970
};

enum class Precondition {
    proceed,
    not_modified, // 304
    failed,       // 412
};

// If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since in RFC 9110's order (13.2.2).
Precondition check_preconditions(const Request& request, const Validators& now);

// Whether If-Range (if any) still names this representation, so that Range may be answered.
bool range_applies(const Request& request, const Validators& now);

// `list` is an If-Match or If-None-Match value: "*" or entity tags. A weak comparison ignores W/.
enum class TagComparison { strong, weak };
bool matches_etag(std::string_view list, std::string_view etag, TagComparison how);

} // namespace vitrina

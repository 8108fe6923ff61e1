#pragma once
#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrina {

struct ByteRange {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool operator==(const ByteRange&) const = default;
};

struct WholeBody {};      // no Range, one we need not honour, or an absurd one: answer 200
struct Unsatisfiable {};  // 416
using Ranges = std::vector<ByteRange>; // at least one: 206

// A Range header against a body of `size` bytes (RFC 9110, 14). Ranges that ask for nothing are left out. More than
// 16 ranges, or ranges that overlap, are answered whole: they only serve to make a server work.
std::variant<WholeBody, Unsatisfiable, Ranges> parse_range(std::string_view header, std::uint64_t size);

} // namespace vitrina

#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace vitrina {

struct SniffedContainer {
    std::string_view extension;    // "" when the bytes do not say
    std::string_view content_type; // "application/octet-stream" when they do not
    bool operator==(const SniffedContainer&) const = default;
};

// As many of a file's first bytes as are ever looked at.
inline constexpr std::size_t sniffed_bytes = 512;

// What a file seems to be, by the bytes at a few fixed places. Good enough for a name; whether it really is media,
// and which, is for the sandboxed child to say.
SniffedContainer sniff_container(std::span<const std::byte> first_bytes);

// The extension of a client's file name where it is one of a known media format, in lower case; "" otherwise.
std::string_view media_extension(std::string_view file_name);

} // namespace vitrina

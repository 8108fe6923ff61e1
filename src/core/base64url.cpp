#include "core/base64url.hpp"

namespace vitrina {

namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string to_base64url(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() * 4 + 2) / 3);
    unsigned bits = 0; // the last two bytes; `held` of their bits are not written yet
    int held = 0;
    for (const char c : bytes) {
        bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFF;
        for (held += 8; held >= 6; held -= 6)
            text += digits[bits >> (held - 6) & 63];
    }
    if (held > 0)
        text += digits[bits << (6 - held) & 63];
    return text;
}

std::optional<std::string> from_base64url(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    unsigned bits = 0;
    int held = 0;
    for (const char c : text) {
        const std::size_t digit = digits.find(c);
        if (digit == std::string_view::npos)
            return std::nullopt;
        bits = (bits << 6 | unsigned(digit)) & 0xFFFF;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += char(bits >> held & 0xFF);
        }
    }
    const bool whole = held < 6 && (bits & ((1U << held) - 1)) == 0; // no lone digit, no stray bits at the end
    return whole ? std::optional(std::move(bytes)) : std::nullopt;
}

} // namespace vitrina

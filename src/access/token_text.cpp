#include "access/token_text.hpp"

#include "core/digest.hpp"
#include "core/random.hpp"

#include <array>
#include <cstdint>

namespace vitrina {

namespace {

constexpr std::string_view prefix = "vt_";
constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t random_digits = 30;
constexpr std::size_t checksum_digits = 6;

std::string random_part()
{
    std::string text;
    while (text.size() < random_digits) {
        std::array<std::byte, 64> bytes;
        fill_random(bytes);
        for (const std::byte byte : bytes) {
            // 248 is the largest multiple of 62 in a byte: above it some digits would be likelier than others.
            const auto number = std::to_integer<std::size_t>(byte);
            if (number < 248 && text.size() < random_digits)
                text += digits[number % digits.size()];
        }
    }
    return text;
}

std::string checksum(std::string_view text)
{
    const Sha256 digest = sha256(text);
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = number << 8 | std::to_integer<std::uint64_t>(digest[i]);
    std::string sum;
    for (std::size_t i = 0; i < checksum_digits; ++i, number /= digits.size())
        sum += digits[number % digits.size()];
    return sum;
}

} // namespace

Secret make_token_text()
{
    std::string text = std::string(prefix) + random_part();
    text += checksum(text);
    return Secret(std::move(text));
}

bool is_token_text(std::string_view text)
{
    if (text.size() != prefix.size() + random_digits + checksum_digits || !text.starts_with(prefix))
        return false;
    const std::size_t body = text.size() - checksum_digits;
    return checksum(text.substr(0, body)) == text.substr(body);
}

std::string token_hash(std::string_view text)
{
    return sha256_hex(text);
}

} // namespace vitrina

#include "core/id.hpp"

#include "core/random.hpp"

namespace vitrina {
namespace {

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

constexpr bool dash_before(std::size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

} // namespace

std::optional<Uuid> Uuid::parse(std::string_view text)
{
    if (text.size() != 36)
        return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < 16; ++i) {
        if (dash_before(i) && text[at++] != '-')
            return std::nullopt;
        const int high = hex_value(text[at]), low = hex_value(text[at + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        uuid.bytes[i] = std::uint8_t(high << 4 | low);
        at += 2;
    }
    return uuid;
}

Uuid Uuid::make(Instant now)
{
    Uuid uuid;
    fill_random(std::as_writable_bytes(std::span(uuid.bytes)));
    const auto ms = std::uint64_t(std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
    for (int i = 0; i < 6; ++i)
        uuid.bytes[std::size_t(i)] = std::uint8_t(ms >> (40 - 8 * i));
    uuid.bytes[6] = std::uint8_t((uuid.bytes[6] & 0x0f) | 0x70);
    uuid.bytes[8] = std::uint8_t((uuid.bytes[8] & 0x3f) | 0x80);
    return uuid;
}

std::string Uuid::text() const
{
    static constexpr char hex[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < 16; ++i) {
        if (dash_before(i))
            text += '-';
        text += hex[bytes[i] >> 4];
        text += hex[bytes[i] & 15];
    }
    return text;
}

} // namespace vitrina

#include "sandbox/x_text.hpp"

#include "sandbox/checks.hpp"

#include <algorithm>
#include <cstdint>

namespace vitrina::sandbox {
namespace {

constexpr std::size_t address_length = 23;

// The first character of UTF-8 that was looked through before; it is taken off the text.
std::uint32_t take_character(std::string_view& text)
{
    const auto byte = [&text](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    const std::size_t size = byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    std::uint32_t character = size == 1 ? byte(0) : byte(0) & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i)
        character = character << 6 | (byte(i) & 0x3fU);
    text.remove_prefix(size);
    return character;
}

bool is_light(std::uint32_t c)
{
    return c <= 4351 || (c >= 8192 && c <= 8205) || (c >= 8208 && c <= 8223) || (c >= 8242 && c <= 8247);
}

bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The parts of an emoji that follow its first one weigh nothing.
class EmojiTail {
public:
    bool holds(std::uint32_t c)
    {
        constexpr std::uint32_t joiner = 0x200d, picture = 0xfe0f;
        const bool flag_letter = c >= 0x1f1e6 && c <= 0x1f1ff;
        const bool follows = heavy_ && (c == joiner || c == picture || (c >= 0x1f3fb && c <= 0x1f3ff) || joined_ ||
                                        (flag_letter && half_a_flag_));
        half_a_flag_ = flag_letter && !follows;
        joined_ = follows && c == joiner;
        heavy_ = follows || !is_light(c);
        return follows;
    }

private:
    bool heavy_ = false, joined_ = false, half_a_flag_ = false;
};

} // namespace

std::optional<std::size_t> x_length(std::string_view text)
{
    if (!count_characters(text))
        return std::nullopt;
    std::size_t length = 0;
    EmojiTail tail;
    while (!text.empty()) {
        if (text.starts_with("https://") || text.starts_with("http://")) {
            text.remove_prefix(std::min(text.find_first_of(" \t\r\n"), text.size()));
            length += address_length;
            tail = {};
            continue;
        }
        const std::uint32_t character = take_character(text);
        length += tail.holds(character) ? 0 : is_light(character) ? 1 : 2;
    }
    return length;
}

std::size_t x_cashtags(std::string_view text)
{
    std::size_t tags = 0;
    for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
        const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
        tags += begins && at + 1 < text.size() && is_letter(text[at + 1]);
    }
    return tags;
}

} // namespace vitrina::sandbox

#include "core/text_fold.hpp"

#include <array>
#include <utf8proc.h>

namespace vitrina {
namespace {

constexpr utf8proc_int32_t replacement = 0xFFFD;

// The next code point, and how many bytes it took. What is not UTF-8 is one byte of U+FFFD.
struct Character {
    utf8proc_int32_t code;
    std::size_t bytes;
};

Character first_character(std::string_view text)
{
    utf8proc_int32_t code = 0;
    const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                        static_cast<utf8proc_ssize_t>(text.size()), &code);
    return bytes > 0 ? Character{code, static_cast<std::size_t>(bytes)} : Character{replacement, 1};
}

void append(std::string& out, utf8proc_int32_t code)
{
    std::array<utf8proc_uint8_t, 4> bytes;
    const auto count = utf8proc_encode_char(code, bytes.data());
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(count));
}

// One character at a time, without looking at its neighbours: fold(a + b) is fold(a) + fold(b), and therefore a
// part of a text folds to a part of the folded text. (Only marks are ever reordered or composed, and they go.)
void append_folded(std::string& out, utf8proc_int32_t code)
{
    // SQLite's tokenizer takes these two for U+FFFD, so they are it everywhere.
    if (code == 0xFFFE || code == 0xFFFF)
        code = replacement;
    if (utf8proc_category(code) == UTF8PROC_CATEGORY_CC) {
        out += ' ';
        return;
    }
    constexpr auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                                            UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    std::array<utf8proc_int32_t, 32> parts; // the longest decomposition in Unicode has 18
    int boundary = 0;
    const auto count = utf8proc_decompose_char(code, parts.data(), parts.size(), options, &boundary);
    if (count < 0)
        return append(out, replacement);
    for (utf8proc_ssize_t i = 0; i < count; ++i)
        append(out, parts[static_cast<std::size_t>(i)]);
}

} // namespace

std::string fold(std::string_view text)
{
    std::string folded;
    folded.reserve(text.size());
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte < 0x80) { // most of most texts
            folded += byte >= 'A' && byte <= 'Z'    ? static_cast<char>(byte + 32)
                      : byte < 0x20 || byte == 0x7F ? ' '
                                                    : static_cast<char>(byte);
            text.remove_prefix(1);
            continue;
        }
        const Character character = first_character(text);
        append_folded(folded, character.code);
        text.remove_prefix(character.bytes);
    }
    return folded;
}

std::string title_sort_key(std::string_view title)
{
    constexpr std::size_t max_bytes = 1024; // some characters fold to eighteen; an index entry should stay small
    std::string key = fold(title);
    if (key.size() > max_bytes) {
        std::size_t end = max_bytes;
        while ((static_cast<unsigned char>(key[end]) & 0xC0) == 0x80)
            --end;
        key.resize(end);
    }
    return key;
}

std::string search_document(std::string_view title, std::string_view description, std::span<const std::string> tags)
{
    std::string document = fold(title);
    if (!description.empty())
        document.append("\n").append(fold(description));
    for (const std::string& tag : tags)
        document.append("\n").append(fold(tag));
    return document;
}

std::size_t length_in_characters(std::string_view text)
{
    std::size_t length = 0;
    for (char byte : text)
        length += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    return length;
}

} // namespace vitrina

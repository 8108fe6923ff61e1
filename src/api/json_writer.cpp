#include "api/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace vitrina {

namespace {

// Bytes that go out as they are: printable ASCII without the quote and the backslash.
constexpr std::array<bool, 256> plain = [] {
    std::array<bool, 256> table{};
    for (int c = 0x20; c < 0x80; ++c)
        table[std::size_t(c)] = c != '"' && c != '\\';
    return table;
}();

unsigned char byte_at(std::string_view text, std::size_t i)
{
    return static_cast<unsigned char>(text[i]);
}

bool is_continuation(std::string_view text, std::size_t i)
{
    return i < text.size() && (byte_at(text, i) & 0xC0) == 0x80;
}

// The length of the UTF-8 sequence that begins here; 0 when it is none (overlong forms, surrogates and what lies
// past U+10FFFF are none either).
std::size_t sequence_length(std::string_view text, std::size_t i)
{
    const unsigned char first = byte_at(text, i);
    const unsigned char second = i + 1 < text.size() ? byte_at(text, i + 1) : 0;
    if (first >= 0xC2 && first <= 0xDF)
        return is_continuation(text, i + 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned char least = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned char most = first == 0xED ? 0x9F : 0xBF;
        return second >= least && second <= most && is_continuation(text, i + 2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned char least = first == 0xF0 ? 0x90 : 0x80;
        const unsigned char most = first == 0xF4 ? 0x8F : 0xBF;
        return second >= least && second <= most && is_continuation(text, i + 2) && is_continuation(text, i + 3) ? 4
                                                                                                                 : 0;
    }
    return 0;
}

void append_control(std::string& out, unsigned char byte)
{
    static constexpr char hex[] = "0123456789abcdef";
    switch (byte) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
        out += "\\u00";
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
}

void append_escaped(std::string& out, std::string_view text)
{
    std::size_t begin = 0; // of the run not yet copied
    std::size_t i = 0;
    while (i < text.size()) {
        const unsigned char byte = byte_at(text, i);
        if (plain[byte]) {
            ++i;
            continue;
        }
        if (const std::size_t length = byte < 0x80 ? 0 : sequence_length(text, i); length > 0) {
            i += length;
            continue;
        }
        out.append(text, begin, i - begin);
        if (byte < 0x80)
            append_control(out, byte);
        else
            out += "\xEF\xBF\xBD";
        begin = ++i;
    }
    out.append(text, begin);
}

} // namespace

JsonWriter& JsonWriter::open(char bracket)
{
    comma();
    out_ += bracket;
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket)
{
    out_ += bracket;
    comma_due_ = true;
    return *this;
}

JsonWriter& JsonWriter::member(std::string_view name)
{
    comma();
    out_ += '"';
    out_ += name;
    out_ += "\":";
    comma_due_ = false;
    return *this;
}

JsonWriter& JsonWriter::value(std::string_view text)
{
    comma();
    out_ += '"';
    append_escaped(out_, text);
    out_ += '"';
    comma_due_ = true;
    return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t number)
{
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return raw({digits.data(), end});
}

JsonWriter& JsonWriter::value(double number)
{
    if (!std::isfinite(number))
        return null();
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return raw({digits.data(), end});
}

JsonWriter& JsonWriter::raw(std::string_view json)
{
    comma();
    out_ += json;
    comma_due_ = true;
    return *this;
}

} // namespace vitrina

#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The character classes of RFC 9110 that several parsers share.
namespace vitrina::grammar {

namespace detail {
constexpr std::array<bool, 256> table(std::string_view chars, bool alphanumeric)
{
    std::array<bool, 256> t{};
    for (char c : chars)
        t[static_cast<unsigned char>(c)] = true;
    if (alphanumeric)
        for (int c = 0; c < 128; ++c)
            if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
                t[std::size_t(c)] = true;
    return t;
}
constexpr std::array<bool, 256> field_value_table()
{
    std::array<bool, 256> t{};
    for (std::size_t c = 0; c < 256; ++c)
        t[c] = c == '\t' || (c >= 0x20 && c != 0x7f);
    return t;
}
inline constexpr auto token = table("!#$%&'*+-.^_`|~", true);
inline constexpr auto unreserved = table("-._~", true);
inline constexpr auto field_value = field_value_table();
} // namespace detail

inline bool is_token_char(char c)
{
    return detail::token[static_cast<unsigned char>(c)];
}
inline bool is_unreserved(char c)
{
    return detail::unreserved[static_cast<unsigned char>(c)];
}
// What may stand in a field's value: no control characters but the tab; bytes past ASCII are let through.
inline bool is_value_char(char c)
{
    return detail::field_value[static_cast<unsigned char>(c)];
}
inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

inline bool is_token(std::string_view text)
{
    for (char c : text)
        if (!is_token_char(c))
            return false;
    return !text.empty();
}

inline int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

inline char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? char(c + 32) : c;
}

inline std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        c = lower(c);
    return out;
}

inline bool same(std::string_view a, std::string_view b)
{
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

inline std::string_view trim(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

// Digits only; nothing when it is no number or does not fit.
inline std::optional<std::uint64_t> number(std::string_view text)
{
    if (text.empty())
        return std::nullopt;
    std::uint64_t value = 0;
    for (char c : text) {
        const auto digit = std::uint64_t(c - '0');
        if (!is_digit(c) || value > (UINT64_MAX - digit) / 10)
            return std::nullopt;
        value = value * 10 + digit;
    }
    return value;
}

// Takes the next element of a comma-separated list, trimmed; false at the end. Empty elements are passed over.
// Not for lists whose elements may hold quoted commas.
inline bool next_element(std::string_view& list, std::string_view& element)
{
    while (!list.empty()) {
        const auto comma = list.find(',');
        element = trim(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        if (!element.empty())
            return true;
    }
    return false;
}

} // namespace vitrina::grammar

#include "publishing/weighted_length.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>
#include <string>
#include <utf8proc.h>
#include <vector>

namespace vitrina {
namespace {

using CodePoint = utf8proc_int32_t;

constexpr std::size_t of_a_link = 23;
constexpr CodePoint as_emoji = 0xFE0F; // variation selector 16
constexpr CodePoint keycap = 0x20E3;

// What is not UTF-8 counts as U+FFFD, a byte each.
std::vector<CodePoint> code_points(std::string_view text)
{
    std::vector<CodePoint> points;
    while (!text.empty()) {
        CodePoint point = 0;
        const auto bytes = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                            utf8proc_ssize_t(text.size()), &point);
        points.push_back(bytes > 0 ? point : 0xFFFD);
        text.remove_prefix(bytes > 0 ? std::size_t(bytes) : 1);
    }
    return points;
}

std::string composed(std::string_view text)
{
    utf8proc_uint8_t* out = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), utf8proc_ssize_t(text.size()), &out,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
    return size < 0 ? std::string(text) : std::string(reinterpret_cast<const char*>(out), std::size_t(size));
}

std::size_t weight(CodePoint point)
{
    const auto within = [point](CodePoint from, CodePoint to) { return point >= from && point <= to; };
    return within(0, 4351) || within(8192, 8205) || within(8208, 8223) || within(8242, 8247) ? 1 : 2;
}

// Whether what a reader sees as one character is an emoji.
bool is_emoji(const CodePoint* begin, const CodePoint* end)
{
    if (std::find(begin, end, as_emoji) != end || std::find(begin, end, keycap) != end)
        return true;
    const auto bound = utf8proc_get_property(*begin)->boundclass;
    return weight(*begin) == 2 &&
           (bound == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC || bound == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR);
}

std::size_t weight_of_words(std::string_view text)
{
    const std::vector<CodePoint> points = code_points(text);
    std::size_t total = 0;
    utf8proc_int32_t state = 0;
    for (std::size_t begin = 0, end = 0; begin < points.size(); begin = end) {
        for (end = begin + 1; end < points.size(); ++end)
            if (utf8proc_grapheme_break_stateful(points[end - 1], points[end], &state))
                break;
        if (is_emoji(&points[begin], &points[begin] + (end - begin)))
            total += 2;
        else
            for (std::size_t i = begin; i < end; ++i)
                total += weight(points[i]);
    }
    return total;
}

bool is_one_of(char c, std::string_view these)
{
    return these.find(c) != these.npos;
}
bool is_letter(char c)
{
    return std::isalpha(static_cast<unsigned char>(c));
}
bool in_host(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
}
// Where a link may end, and where it only may go on: "see http://a.example/b." ends before the dot.
bool in_path(char c)
{
    return static_cast<unsigned char>(c) > ' ' && static_cast<unsigned char>(c) < 0x7F && !is_one_of(c, "\"<>");
}
bool ends_path(char c)
{
    return !is_one_of(c, ".,:;!?'()");
}

// "example.com" and "www.example.com", with a last part of letters.
bool is_host(std::string_view host)
{
    const std::size_t dot = host.rfind('.');
    if (dot == std::string_view::npos || dot == 0 || host.find("..") != host.npos || host.front() == '-')
        return false;
    const std::string_view last = host.substr(dot + 1);
    return last.size() >= 2 && std::ranges::all_of(last, is_letter);
}

// The bytes of the link that begins there; 0 when none does.
std::size_t link_at(std::string_view text)
{
    std::size_t scheme = 0;
    for (const std::string_view known : {"https://", "http://"})
        if (text.size() >= known.size() && std::ranges::equal(text.substr(0, known.size()), known, {}, [](char c) {
            return char(std::tolower(static_cast<unsigned char>(c)));
        }))
            scheme = known.size();
    std::size_t end = scheme;
    while (end < text.size() && in_host(text[end]))
        ++end;
    while (end > scheme && (text[end - 1] == '.' || text[end - 1] == '-'))
        --end;
    if (!is_host(text.substr(scheme, end - scheme)))
        return 0;
    if (end < text.size() && is_one_of(text[end], "/?#:")) {
        std::size_t last = end;
        for (std::size_t i = end; i < text.size() && in_path(text[i]); ++i)
            if (ends_path(text[i]))
                last = i + 1;
        end = last;
    }
    return end;
}

// A link begins where a word does; "name@example.com" is none.
bool may_begin_link(std::string_view before)
{
    if (before.empty())
        return true;
    const auto byte = static_cast<unsigned char>(before.back());
    return byte < 0x80 && !std::isalnum(byte) && !is_one_of(before.back(), "@#$_-./");
}

} // namespace

std::size_t weighted_length(std::string_view given)
{
    const std::string text = composed(given);
    std::size_t total = 0, words = 0; // where the words since the last link begin
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view all = text;
        const std::size_t link = may_begin_link(all.substr(0, at)) ? link_at(all.substr(at)) : 0;
        if (link == 0) {
            ++at;
            continue;
        }
        total += weight_of_words(all.substr(words, at - words)) + of_a_link;
        at += link;
        words = at;
    }
    return total + weight_of_words(std::string_view(text).substr(words));
}

} // namespace vitrina

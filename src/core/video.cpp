#include "core/video.hpp"

#include "core/text_fold.hpp"

#include <algorithm>
#include <utf8proc.h>

namespace vitrina {
namespace {

// What a text may hold besides the characters one can see.
enum class Controls { none, line_breaks };

bool is_text(std::string_view text, Controls allowed)
{
    while (!text.empty()) {
        utf8proc_int32_t code = 0;
        const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                            static_cast<utf8proc_ssize_t>(text.size()), &code);
        if (taken <= 0)
            return false;
        const bool line_break = code == '\n' || code == '\r' || code == '\t';
        if (utf8proc_category(code) == UTF8PROC_CATEGORY_CC && !(line_break && allowed == Controls::line_breaks))
            return false;
        text.remove_prefix(static_cast<std::size_t>(taken));
    }
    return true;
}

// Unicode's White_Space, in UTF-8.
std::size_t space_at_start(std::string_view text)
{
    static constexpr std::string_view spaces[] = {" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085",
                                                  "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
                                                  "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u2028",
                                                  "\u2029", "\u202F", "\u205F", "\u3000"};
    for (std::string_view space : spaces)
        if (text.starts_with(space))
            return space.size();
    return 0;
}

std::string_view trim(std::string_view text)
{
    while (const std::size_t space = space_at_start(text))
        text.remove_prefix(space);
    while (!text.empty()) {
        std::size_t last = text.size() - 1; // where the last character begins
        while (last > 0 && (static_cast<unsigned char>(text[last]) & 0xC0) == 0x80)
            --last;
        if (space_at_start(text.substr(last)) != text.size() - last)
            break;
        text.remove_suffix(text.size() - last);
    }
    return text;
}

Fault invalid(std::string code, std::string pointer, std::string message)
{
    return {FaultKind::invalid, std::move(code), message, {}, {{std::move(pointer), message}}, {}};
}

} // namespace

Result<VideoTitle> VideoTitle::parse(std::string_view text)
{
    const std::string_view title = trim(text);
    if (title.empty())
        return invalid("VT-VID-010", "/title", "Title is required");
    if (length_in_characters(title) > max_length)
        return invalid("VT-VID-011", "/title", "The title is longer than 255 characters");
    if (!is_text(title, Controls::none))
        return invalid("VT-VID-012", "/title", "The title must be UTF-8 text without control characters");
    return VideoTitle(std::string(title));
}

Result<VideoDescription> VideoDescription::parse(std::string_view text)
{
    if (length_in_characters(text) > max_length)
        return invalid("VT-VID-013", "/description", "The description is longer than 20000 characters");
    if (!is_text(text, Controls::line_breaks))
        return invalid("VT-VID-014", "/description",
                       "The description must be UTF-8 text without control characters other than line breaks and tabs");
    return VideoDescription(std::string(text));
}

Result<VideoTags> VideoTags::parse(const std::vector<std::string>& texts)
{
    std::vector<std::string> list;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::string pointer = "/tags/" + std::to_string(i);
        const std::string_view tag = trim(texts[i]);
        if (tag.empty())
            return invalid("VT-VID-015", pointer, "A tag must not be empty");
        if (length_in_characters(tag) > max_length)
            return invalid("VT-VID-016", pointer, "A tag is longer than 100 characters");
        if (!is_text(tag, Controls::none))
            return invalid("VT-VID-017", pointer, "A tag must be UTF-8 text without control characters");
        if (std::find(list.begin(), list.end(), tag) != list.end())
            continue;
        if (list.size() == max_count)
            return invalid("VT-VID-018", "/tags", "There are more than 100 tags");
        list.emplace_back(tag);
    }
    return VideoTags(std::move(list));
}

} // namespace vitrina

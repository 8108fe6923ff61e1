#include "api/page_cursor.hpp"

#include "core/base64url.hpp"

#include <charconv>

namespace vitrina {

namespace {

// A cursor is never longer than this: titles are at most 255 characters.
constexpr std::size_t longest_cursor = 4096;

// "7:example": a length, a colon, the bytes. What is left is handed back in `text`.
std::optional<std::string> take_counted(std::string_view& text)
{
    std::size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (error != std::errc{} || end == text.data() + text.size() || *end != ':')
        return std::nullopt;
    text.remove_prefix(std::size_t(end - text.data()) + 1);
    if (length > text.size())
        return std::nullopt;
    std::string taken(text.substr(0, length));
    text.remove_prefix(length);
    return taken;
}

std::string counted(std::string_view text)
{
    return std::to_string(text.size()) + ':' + std::string(text);
}

} // namespace

Fault bad_cursor()
{
    return {FaultKind::invalid, "VT-REQ-006", "The cursor is not one this list gave out.",
            "Start again without a cursor, with the same search, filters and order."};
}

std::string cursor_text(const PageCursor& cursor)
{
    std::string bytes = counted(cursor.list);
    for (const std::string& key : cursor.keys)
        bytes += counted(key);
    return to_base64url(bytes);
}

Result<PageCursor> parse_cursor(std::string_view text, std::string_view list, std::size_t keys)
{
    if (text.size() > longest_cursor)
        return bad_cursor();
    const std::optional<std::string> bytes = from_base64url(text);
    if (!bytes)
        return bad_cursor();
    std::string_view rest = *bytes;
    auto named = take_counted(rest);
    if (!named || *named != list)
        return bad_cursor();

    PageCursor cursor{std::move(*named), {}};
    while (!rest.empty()) {
        auto key = take_counted(rest);
        if (!key)
            return bad_cursor();
        cursor.keys.push_back(std::move(*key));
    }
    if (cursor.keys.size() != keys)
        return bad_cursor();
    return cursor;
}

Result<int> page_limit(const Request& request, int usual, int most)
{
    const std::optional<std::string> text = request.query_value("limit");
    if (!text)
        return usual;
    int limit = 0;
    const char* const end = text->data() + text->size();
    const auto [parsed, error] = std::from_chars(text->data(), end, limit);
    if (error != std::errc{} || parsed != end || limit < 1 || limit > most)
        return Fault{FaultKind::invalid, "VT-REQ-005",
                     "limit must be a whole number from 1 to " + std::to_string(most) + "."};
    return limit;
}

} // namespace vitrina

#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace vitrina {

// How people search: without case, accents or compatibility forms. "Canción" → "cancion", "Ｆｉ" → "fi".
// Control characters become spaces, and what is not UTF-8 becomes U+FFFD, so any bytes may come in. What comes out
// is valid UTF-8 without control characters; folding it again changes nothing.
std::string fold(std::string_view text);

// What titles are sorted by, byte by byte: the folded title, at most 1,024 bytes of it.
std::string title_sort_key(std::string_view title);

// The text that a folded needle is looked for in: title, description and tags, folded, one a line. A folded needle
// has no line break, so it never matches across two of them.
std::string search_document(std::string_view title, std::string_view description, std::span<const std::string> tags);

// Unicode code points of valid UTF-8.
std::size_t length_in_characters(std::string_view text);

} // namespace vitrina

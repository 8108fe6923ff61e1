#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace vitrina {

// Told at each end tag: the names from the root down to the element that ends (without prefixes), and the text that
// stood directly in it, entities resolved. False stops the walk.
using XmlElementEnd = std::function<bool(std::span<const std::string_view> path, const std::string& text)>;

// Walks a small document of elements and text. False when it is anything else (a document type, comments, CDATA,
// instructions, unknown entities), not well-formed, deeper or longer than our stores' answers are, or stopped.
bool walk_xml(std::string_view xml, const XmlElementEnd& element_end);

} // namespace vitrina

#pragma once
#include <string>
#include <string_view>

namespace vitrina {

// As the text of an element, or of an attribute in double quotes.
std::string html_text(std::string_view text);

} // namespace vitrina

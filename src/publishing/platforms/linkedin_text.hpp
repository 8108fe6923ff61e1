#pragma once
#include <string>
#include <string_view>

namespace vitrina {

// A text in LinkedIn's "little text format": what would be taken for its marks is escaped; "#word" stays a hashtag. An
// unescaped parenthesis would cut the rest off without a word.
std::string little_text(std::string_view text);

} // namespace vitrina

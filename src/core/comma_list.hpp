#pragma once
#include <string_view>
#include <vector>

namespace vitrina {

// "a, b ,,c" → "a", "b", "c": how settings list things. The words are parts of `text`.
std::vector<std::string_view> comma_list(std::string_view text);

} // namespace vitrina

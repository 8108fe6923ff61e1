#pragma once
#include <string_view>

namespace vitrina {

// Segments of letters, digits and . _ - joined by single slashes; none begins with a dot, the last does not end in
// ".part" (an unfinished file is called that). Short enough for every store.
bool is_object_key(std::string_view key);
// Throws std::invalid_argument.
void check_object_key(std::string_view key);

} // namespace vitrina

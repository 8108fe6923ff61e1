#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace vitrina::sandbox {

// The length of a post as X counts it: Latin letters and common punctuation 1, everything else and an emoji 2, an
// address 23. Nothing when the text is not UTF-8.
std::optional<std::size_t> x_length(std::string_view text);
// "$VTRN": one at most in a post.
std::size_t x_cashtags(std::string_view text);

} // namespace vitrina::sandbox

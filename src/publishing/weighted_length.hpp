#pragma once
#include <cstddef>
#include <string_view>

namespace vitrina {

// How long X says a text is (twitter-text's configuration 3): Latin letters and common punctuation count 1, everything
// else 2, an emoji 2 however many code points it is made of, a link 23 however long it is. Normalised (NFC) first.
// Source: https://docs.x.com/fundamentals/counting-characters
std::size_t weighted_length(std::string_view text);

} // namespace vitrina

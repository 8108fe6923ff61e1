// Whatever bytes are folded, what comes out folds to itself, and a part of a text folds to a part of it.
// Instruments: src/core/text_fold.cpp
#include "core/text_fold.hpp"

#include "bytes.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    const std::string folded = fold(text);
    require(fold(folded) == folded, "folding twice is folding once");
    require(folded.find('\n') == std::string::npos && folded.find('\0') == std::string::npos, "no control characters");
    require(title_sort_key(text).size() <= 1024, "a sort key is short");

    const std::size_t middle = size / 2;
    if (middle < size && (data[middle] & 0xC0) != 0x80 && (middle == 0 || data[middle - 1] < 0x80))
        require(fold(text.substr(0, middle)) + fold(text.substr(middle)) == folded, "a part folds to a part");
    return 0;
}

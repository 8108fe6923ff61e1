// Whatever a Range header asks for, what is answered lies within the file.
// Instruments: src/http/byte_range.cpp
#include "http/byte_range.hpp"

#include "bytes.hpp"

#include <cstring>

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::uint64_t length = 0;
    if (size < sizeof length)
        return 0;
    std::memcpy(&length, data, sizeof length);
    for (const std::uint64_t file : {length, length % 1000, std::uint64_t{0}}) {
        const auto asked = parse_range(fuzz::text(data + sizeof length, size - sizeof length), file);
        const auto* ranges = std::get_if<Ranges>(&asked);
        if (!ranges)
            continue;
        require(!ranges->empty() && ranges->size() <= 16, "one range to sixteen");
        for (const ByteRange& range : *ranges) {
            require(range.length > 0, "no empty range");
            require(range.offset < file && range.length <= file - range.offset, "within the file");
        }
    }
    return 0;
}

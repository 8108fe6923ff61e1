// Whatever a file begins with, it gets a name or none; whatever a client calls it, only a known extension comes out.
// Instruments: src/library/sniff_container.cpp
#include "library/sniff_container.hpp"

#include "bytes.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const SniffedContainer container = sniff_container(std::as_bytes(std::span(data, size)));
    require(container.extension.empty() == (container.content_type == "application/octet-stream"),
            "extension and type come together");
    require(container.extension.find_first_of("/.\\") == std::string_view::npos, "an extension is no path");
    const std::string_view extension = media_extension(fuzz::text(data, size));
    require(extension.size() <= 4 && extension.find_first_of("/.\\") == std::string_view::npos, "nor is a client's");
    return 0;
}

// Times in headers and queries: what is understood is printed and understood again.
// Instruments: src/core/clock.cpp
#include "core/clock.hpp"

#include "bytes.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    if (const auto time = parse_http_date(text))
        require(parse_http_date(http_date(*time)) == time, "an HTTP date comes back");
    if (const auto time = parse_iso_time(text)) {
        require(parse_iso_time(rfc3339(*time)) == time, "an RFC 3339 time comes back");
        require(parse_iso_time(iso_without_zone(*time)) == time, "and one without a zone");
    }
    return 0;
}

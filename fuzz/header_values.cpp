// The values of header fields that have a grammar of their own.
// Instruments: src/http/media_type.cpp
// Instruments: src/http/content_disposition.cpp
// Instruments: src/http/conditional.cpp
// Instruments: src/http/trusted_proxies.cpp
// Instruments: src/http/multipart_parser.cpp
#include "http/media_type.hpp"

#include "bytes.hpp"
#include "http/conditional.hpp"
#include "http/content_disposition.hpp"
#include "http/multipart_parser.hpp"
#include "http/trusted_proxies.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);

    if (const auto type = MediaType::parse(text))
        require(type->type.find('/') != std::string::npos, "a type has a slash");
    if (const auto boundary = multipart_boundary(text))
        require(!boundary->empty() && boundary->size() <= 70, "a boundary is 1 to 70 characters");

    FormDisposition::parse(text);
    decode_extended_value(text);
    for (const std::string& header : {attachment(text), inline_disposition(text)})
        for (const char c : header)
            require(c >= ' ' && c <= '~', "what is made of a title can stand in a header");

    matches_etag(text, "\"tag\"", TagComparison::strong);
    matches_etag(text, "W/\"tag\"", TagComparison::weak);

    TrustedProxies proxies = TrustedProxies::loopback();
    proxies.add(text);
    require(!proxies.client("127.0.0.1", text).empty(), "there is always a client");
    require(TrustedProxies::none().client("192.0.2.1", text) == "192.0.2.1", "strangers are not believed");
    return 0;
}

// A path that is taken stays below the root, and what is encoded comes back as it was.
// Instruments: src/http/uri.cpp
// Instruments: src/http/form.cpp
#include "http/uri.hpp"

#include "bytes.hpp"
#include "http/form.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    if (const auto target = parse_target(text); target && target->path != "*") {
        const std::string& path = target->path;
        require(path.starts_with('/'), "begins at the root");
        require(path.find("//") == std::string::npos, "no empty segment");
        require((path + "/").find("/../") == std::string::npos && (path + "/").find("/./") == std::string::npos,
                "no dots");
        require(path.find('\0') == std::string::npos && path.find('\\') == std::string::npos, "no NUL, no backslash");
    }
    require(percent_decode(percent_encode(text)) == text, "percent encoding comes back");
    require(form_decode(form_encode(text)) == text, "form encoding comes back");
    if (const auto fields = parse_form(text, 10))
        require(fields->size() <= 10, "no more fields than allowed");
    is_host(text);
    return 0;
}

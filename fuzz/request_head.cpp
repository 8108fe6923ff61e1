// The head of a request: found the same however it arrives, and never understood in two ways.
// Instruments: src/http/request_head.cpp
#include "http/request_head.hpp"

#include "bytes.hpp"
#include "http/uri.hpp"

#include <string>

using namespace vitrina;
using fuzz::require;

namespace {

bool is_clean(std::string_view value)
{
    return value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void check_head(std::string_view bytes, const Limits& limits)
{
    RequestHead head;
    if (parse_head(bytes, head, limits))
        return;
    require(!head.method.empty() && !head.target.empty(), "a head that is taken has a method and a target");
    require(!(head.chunked && head.content_length), "one framing only");
    require(head.fields.size() <= limits.header_count, "no more fields than the limit");
    require(is_clean(head.target) || !parse_target(head.target), "a target is one line, or refused by its own parser");
    for (const FieldView& field : head.fields) {
        require(!field.name.empty() && field.name.find_first_of(" \t:") == std::string_view::npos, "names are tokens");
        require(is_clean(field.value), "values are one line");
    }
    require(head.host.empty() || is_host(head.host), "the host is one");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const Limits limits{.header_bytes = 4096, .header_count = 20, .target_bytes = 1024};
    const std::string_view bytes = fuzz::text(data, size);

    std::size_t looked_at = 0;
    const auto whole = find_head_end(bytes, looked_at, limits);

    std::variant<HeadUnfinished, HeadEnd, HeadRefusal> slowly = HeadUnfinished{};
    std::string seen;
    std::size_t position = 0;
    for (char c : bytes) {
        seen += c;
        slowly = find_head_end(seen, position, limits);
        if (!std::holds_alternative<HeadUnfinished>(slowly))
            break;
    }
    const auto* end = std::get_if<HeadEnd>(&whole);
    const auto* slow_end = std::get_if<HeadEnd>(&slowly);
    require(bytes.empty() || whole.index() == slowly.index(), "found the same byte by byte");
    if (end && slow_end) {
        require(end->size == slow_end->size && end->size <= size, "at the same place");
        check_head(bytes.substr(0, end->size), limits);
    }
    return 0;
}

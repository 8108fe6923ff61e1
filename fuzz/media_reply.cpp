// What a hostile media child may send its parent: a head, then a payload.
// Instruments: src/media/media_reply.cpp
// Instruments: src/media/wire.cpp
// Instruments: src/media/jpeg_size.cpp
#include "media/media_reply.hpp"

#include <cstdint>

using namespace vitrina;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    auto bytes = std::as_bytes(std::span(data, size));
    if (size < reply_head_size)
        return 0;
    auto head = parse_reply_head(bytes.first<reply_head_size>());
    if (!head)
        return 0;
    auto reply = parse_reply(head->kind, bytes.subspan(reply_head_size));
    if (!reply)
        return 0;
    // What is believed can be said again, and is believed again.
    std::string again = write_reply(*reply);
    auto payload = std::as_bytes(std::span(again)).subspan(reply_head_size);
    if (!parse_reply(head->kind, payload))
        __builtin_trap();
    return 0;
}

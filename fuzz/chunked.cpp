// A chunked body gives the same bytes and ends at the same place, wherever the network cuts it.
// Instruments: src/http/chunked_decoder.cpp
#include "http/chunked_decoder.hpp"

#include "bytes.hpp"

#include <string>

using namespace vitrina;
using fuzz::require;

namespace {

struct Decoded {
    std::string body;
    std::size_t used = 0;
    ChunkedDecoder::State state = ChunkedDecoder::State::unfinished;
    bool operator==(const Decoded&) const = default;
};

void feed(ChunkedDecoder& decoder, std::string_view bytes, Decoded& into)
{
    while (!bytes.empty() && decoder.state() == ChunkedDecoder::State::unfinished) {
        const auto step = decoder.next(bytes);
        require(step.used <= bytes.size(), "uses what it was given");
        require(step.used > 0 || decoder.state() != ChunkedDecoder::State::unfinished, "gets on");
        into.body += step.data;
        into.used += step.used;
        bytes.remove_prefix(step.used);
    }
    into.state = decoder.state();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view bytes = fuzz::text(data + 1, size - 1);

    ChunkedDecoder at_once;
    Decoded whole;
    feed(at_once, bytes, whole);

    ChunkedDecoder piecewise;
    Decoded cut;
    for (fuzz::Pieces pieces(bytes, data[0]); pieces.more();)
        feed(piecewise, pieces.next(), cut);

    require(whole.state == cut.state, "the same end");
    require(whole.state == ChunkedDecoder::State::broken || whole == cut, "the same bytes");
    return 0;
}

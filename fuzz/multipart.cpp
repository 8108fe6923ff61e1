// A form gives the same parts, wherever the network cuts it.
// Instruments: src/http/multipart_parser.cpp
#include "http/multipart_parser.hpp"

#include "bytes.hpp"

#include <string>

using namespace vitrina;
using fuzz::require;

namespace {

// Everything a form said, as one text.
struct Told {
    std::string story;
    bool over = false;
    bool broken = false;

    void operator()(const NeedBytes&) {}
    void operator()(const PartBegin& part)
    {
        require(!in_part, "a part begins after the last one ended");
        in_part = true;
        story += "[" + part.name + "|" + part.filename.value_or("-") + "|" + part.content_type + "]";
    }
    void operator()(const PartData& data)
    {
        require(in_part && !data.bytes.empty(), "data belongs to a part");
        story.append(reinterpret_cast<const char*>(data.bytes.data()), data.bytes.size());
    }
    void operator()(const PartEnd&)
    {
        require(in_part, "a part ends that had begun");
        in_part = false;
        story += "[end]";
    }
    void operator()(const FormEnd&)
    {
        require(!in_part, "no part is open at the end");
        over = true;
    }
    void operator()(const FormBroken& form)
    {
        require(!form.reason.empty(), "it says why");
        over = broken = true;
    }

private:
    bool in_part = false;
};

void feed(MultipartParser& parser, std::string_view bytes, Told& told)
{
    if (told.over)
        return;
    parser.feed(std::as_bytes(std::span(bytes)));
    for (FormEvent event = parser.next(); !std::holds_alternative<NeedBytes>(event); event = parser.next()) {
        std::visit(told, event);
        if (told.over)
            return;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const MultipartLimits limits{.part_header_bytes = 512, .parts = 8, .preamble_bytes = 64};
    const std::string_view bytes = fuzz::text(data + 1, size - 1);

    MultipartParser at_once("b", limits);
    Told whole;
    feed(at_once, bytes, whole);

    MultipartParser piecewise("b", limits);
    Told cut;
    for (fuzz::Pieces pieces(bytes, data[0]); pieces.more();)
        feed(piecewise, pieces.next(), cut);

    require(at_once.complete() == piecewise.complete(), "complete, or not, either way");
    require(whole.broken == cut.broken, "broken, or not, either way");
    require(whole.broken || whole.story == cut.story, "the same parts");
    return 0;
}

// Answers of an S3 store: whatever they say, what is taken from them has limits and a plain shape.
// Instruments: src/storage/s3/s3_reply.cpp
// Instruments: src/aws/xml_walk.cpp
#include "storage/s3/s3_reply.hpp"
#include "aws/xml_walk.hpp"

#include "bytes.hpp"

using namespace vitrina;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = fuzz::text(data, size);
    if (const auto page = parse_s3_list(text))
        for (const ObjectInfo& object : page->objects)
            require(!object.key.empty() && object.key.size() < size, "a key comes from the text");
    if (const auto page = parse_s3_uploads(text))
        for (const S3UnfinishedUpload& upload : page->uploads)
            require(!upload.key.empty() && !upload.id.empty(), "an upload has a key and an id");
    if (const auto id = parse_s3_upload_id(text))
        require(!id->empty() && id->size() < size, "an id comes from the text");
    if (const auto code = parse_s3_error(text)) {
        require(!is_s3_completion(text), "an error is no completion");
        for (const char c : *code)
            require(c > ' ' && c < 0x7f, "a code goes into a log as it is");
    }
    const auto depth = [](std::span<const std::string_view> path, const std::string&) {
        require(!path.empty() && path.size() <= 8, "nothing is deep");
        return true;
    };
    walk_xml(text, depth);
    return 0;
}

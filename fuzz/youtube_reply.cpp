// Whatever YouTube, or something in between, answers at any point of an upload: the conversation goes on within its
// rules, never claims more bytes than there are, and remembers what it has to.
// Instruments: src/publishing/platforms/youtube_reply.cpp
// Instruments: src/publishing/platforms/youtube_upload.cpp
// Instruments: src/publishing/platforms/reply_json.cpp
// Instruments: src/publishing/platforms/waiting.cpp
#include "publishing/platforms/youtube_upload.hpp"

#include "bytes.hpp"
#include "conversation.hpp"

using namespace vitrina;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const PublishOrder order = fuzz::order();
    const YoutubeOptions options{.chunk = 256 * 1024};
    const fuzz::StandingClock clock;
    fuzz::converse(fuzz::text(data, size), order.size, [&](std::string_view memory) {
        return std::make_unique<YoutubeUpload>(order, memory, options, clock);
    });
    return 0;
}

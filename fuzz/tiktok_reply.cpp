// Whatever TikTok, or something in between, answers at any point of an upload: the conversation goes on within its
// rules, never claims more bytes than there are, and remembers what it has to.
// Instruments: src/publishing/platforms/tiktok_reply.cpp
// Instruments: src/publishing/platforms/tiktok_upload.cpp
// Instruments: src/publishing/platforms/reply_json.cpp
// Instruments: src/publishing/platforms/waiting.cpp
#include "publishing/platforms/tiktok_upload.hpp"

#include "bytes.hpp"
#include "conversation.hpp"

using namespace vitrina;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    PublishOrder order = fuzz::order();
    order.options = {{"privacy", "public"}};
    // A clock that stands still never gets past a wait, so nothing is waited for.
    const TiktokOptions options{.whole_up_to = 300'000,
                                .chunk = 200'000,
                                .opening_settles = std::chrono::seconds(0),
                                .upload_settles = std::chrono::seconds(0),
                                .numbered_within = std::chrono::seconds(0)};
    const fuzz::StandingClock clock;
    fuzz::converse(fuzz::text(data, size), order.size, [&](std::string_view memory) {
        return std::make_unique<TiktokUpload>(order, memory, options, clock);
    });
    return 0;
}

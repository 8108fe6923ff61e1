// Whatever a Mastodon server, or something that only looks like one, answers at any point of a post: the conversation
// goes on within its rules.
// Instruments: src/publishing/platforms/mastodon_reply.cpp
// Instruments: src/publishing/platforms/mastodon_post.cpp
// Instruments: src/publishing/platforms/reply_json.cpp
// Instruments: src/publishing/platforms/waiting.cpp
#include "publishing/platforms/mastodon_post.hpp"

#include "bytes.hpp"
#include "conversation.hpp"

using namespace vitrina;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const PublishOrder order = fuzz::order();
    const AccountFacts account{"https://mastodon.example", "42"};
    const MastodonOptions options;
    const fuzz::StandingClock clock;
    fuzz::converse(fuzz::text(data, size), order.size, [&](std::string_view memory) {
        return std::make_unique<MastodonPost>(order, account, memory, options, clock);
    });
    return 0;
}

#pragma once
#include "core/step.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace vitrina {

// What YouTube's answers say.

// {"error":{"message":…,"errors":[{"reason":…}]}}; empty members when the body is something else.
struct YoutubeError {
    std::string reason, message;
};
YoutubeError youtube_error(const HttpReply& reply);

// What an error answer means for whoever asked: Reconnect, Refused or Wait (quota, rate_limited, transient).
Step youtube_trouble(const HttpReply& reply, Instant now);

// The first item of videos?part=status.
struct YoutubeVideo {
    std::string upload_status, privacy, failure;
};
std::optional<YoutubeVideo> youtube_video(const HttpReply& reply);

// Ids go into addresses: nothing but letters, digits, '-' and '_' is one.
bool is_youtube_video_id(std::string_view text);

// The id of the video resource that ends an upload; "" when there is none.
std::string youtube_video_id(const HttpReply& reply);

} // namespace vitrina

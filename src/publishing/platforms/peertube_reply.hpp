#pragma once
#include "core/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// What a PeerTube server's answers say.

struct PeertubeError {
    std::string code; // "quota_reached"; "" where it gives none
    std::string words;
};
PeertubeError peertube_error(const HttpReply& reply);

// What any answer that is not the expected one means for whoever asked: Reconnect, Refused or Wait.
Step peertube_trouble(const HttpReply& reply, Instant now);

// The upload's id in the Location of an opened one, which may be absolute, relative or without a scheme: nothing else
// of it is believed.
std::optional<std::string> peertube_upload_id(const HttpReply& reply);

struct PeertubeVideo {
    std::string uuid, short_uuid, name;
    std::int64_t state = 0; // 0: not said
    std::int64_t duration = 0; // seconds; 0: not known yet
    std::optional<Instant> created_at;
    bool waits_for_moderator = false;
};
// Ids go into addresses: nothing but letters, digits, '-' and '_' is one.
bool is_peertube_video_id(std::string_view text);
// Of the finished upload ({"video":{…}}), and of a video asked for.
std::optional<PeertubeVideo> peertube_finished(const HttpReply& reply);
std::optional<PeertubeVideo> peertube_video(const HttpReply& reply);
// The user's last videos; nothing when the answer is no list.
std::optional<std::vector<PeertubeVideo>> peertube_videos(const HttpReply& reply);

struct PeertubeChannel {
    std::string id, name; // digits; as people see it
};
std::vector<PeertubeChannel> peertube_channels(const HttpReply& reply);

} // namespace vitrina

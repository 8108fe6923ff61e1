#pragma once
#include "core/video.hpp"
#include "db/database.hpp"
#include "media/facts.hpp"

#include <string>
#include <vector>

namespace vitrina {

// What the library tells of its videos, each in the transaction in which it comes true (events/append_event.hpp).
Task<> tell_video_uploaded(Transaction& transaction, const Video& video, Instant at);
Task<> tell_video_ready(Transaction& transaction, VideoId id, VideoStatus status, const MediaFacts& facts, Instant at);
Task<> tell_video_failed(Transaction& transaction, VideoId id, const VideoReason& reason, Instant at);
// `changed` names members as /v1 shows them.
Task<> tell_video_updated(Transaction& transaction, VideoId id, std::vector<std::string> changed, Instant at);
Task<> tell_video_deleted(Transaction& transaction, VideoId id, Instant at);

} // namespace vitrina

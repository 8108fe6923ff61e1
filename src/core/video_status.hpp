#pragma once
#include <optional>
#include <string_view>

namespace vitrina {

// Where a video stands. `playable` is a video that can be watched while more is still being made of it.
enum class VideoStatus { awaiting_upload, processing, playable, ready, failed, deleted };

// What can happen to it.
enum class VideoEvent {
    received,  // its bytes are stored
    playable,  // it can be watched
    completed, // everything known about it is known
    refused,   // its bytes cannot be read as media
    removed,   // somebody deleted it
};

// "awaiting_upload", "ready", …: as stored and as shown.
std::string_view name(VideoStatus status);
std::optional<VideoStatus> parse_video_status(std::string_view name);

// The status after the event; nothing where the event does not belong there (it came twice, or too late).
std::optional<VideoStatus> after(VideoStatus status, VideoEvent event);

} // namespace vitrina

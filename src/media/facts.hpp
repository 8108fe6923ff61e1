#pragma once
#include <chrono>
#include <string>

namespace vitrina {

// A JPEG, right way up.
struct Picture {
    std::string jpeg;
    int width = 0, height = 0;
};

// What the sandboxed child read from a media file.
struct MediaFacts {
    std::string container;    // "mp4", "mov", "matroska", "webm", "avi", "mpegts", "mp3", …
    std::string extension;    // from the real container: "mp4", "webm", …
    std::string content_type; // "video/mp4", …
    std::chrono::microseconds duration{};
    int width = 0, height = 0; // as displayed: after rotation and with square pixels; 0 without video
    int rotation = 0;          // clockwise degrees a player turns it by: 0, 90, 180, 270
    double frame_rate = 0;     // average, frames per second; 0 without video
    std::string video_codec;   // "h264", …; "" without video
    std::string audio_codec;
    Picture thumbnail;         // at most 640 px wide or high; empty without video
    Picture small_thumbnail;   // at most 160 px
};

} // namespace vitrina

#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/result.hpp"
#include "core/video_status.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// Why a video failed: a stable code and a sentence.
struct VideoReason {
    std::string code;
    std::string message;
    bool operator==(const VideoReason&) const = default;
};

// A library entry.
struct Video {
    VideoId id;
    std::int64_t seq = 0; // the order videos came in: a later upload has a greater one, and a later uploaded_at
    std::string title;
    std::string description;
    std::vector<std::string> tags;
    VideoStatus status = VideoStatus::awaiting_upload;
    std::vector<VideoReason> reasons; // of `failed`

    std::chrono::microseconds duration{};
    int width = 0, height = 0; // as displayed
    int rotation = 0;          // clockwise degrees
    double frame_rate = 0;
    std::string container;
    std::string video_codec, audio_codec; // "" where there is none
    std::uint64_t size = 0;               // bytes of the original
    std::string content_type;
    std::string sha256;                   // of the original, lower-case hex

    std::string source_key; // of the original; the objects' keys, in the store
    std::string thumbnail_key, small_thumbnail_key; // "" until there is one

    Instant uploaded_at{};
    Instant updated_at{};
    std::int64_t version = 1; // grows with every change: the ETag
    std::vector<std::string> published_platforms;

    bool is_published() const { return !published_platforms.empty(); }
    bool operator==(const Video&) const = default;
};

// 1 to 255 characters (Unicode code points) after trimming; no control characters.
class VideoTitle {
public:
    static constexpr std::size_t max_length = 255;
    static Result<VideoTitle> parse(std::string_view text);
    const std::string& text() const { return text_; }

private:
    explicit VideoTitle(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

// Any text up to 20,000 characters; line breaks and tabs are the only control characters.
class VideoDescription {
public:
    static constexpr std::size_t max_length = 20'000;
    VideoDescription() = default;
    static Result<VideoDescription> parse(std::string_view text);
    const std::string& text() const { return text_; }

private:
    explicit VideoDescription(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

// At most 100 tags of 1 to 100 characters after trimming, in the order given; one that is repeated counts once.
class VideoTags {
public:
    static constexpr std::size_t max_count = 100;
    static constexpr std::size_t max_length = 100;
    VideoTags() = default;
    static Result<VideoTags> parse(const std::vector<std::string>& texts);
    const std::vector<std::string>& list() const { return list_; }

private:
    explicit VideoTags(std::vector<std::string> list) : list_(std::move(list)) {}
    std::vector<std::string> list_;
};

} // namespace vitrina

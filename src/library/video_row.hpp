#pragma once
#include "core/video.hpp"
#include "db/database.hpp"

namespace vitrina {

// The columns read_video() expects, of a table named v.
#define VIDEO_COLUMNS                                                                                                  \
    "v.seq, v.id, v.title, v.description, v.tags, v.status, v.reasons, v.duration_us, v.width, v.height, v.rotation, " \
    "v.frame_rate, v.container, v.video_codec, v.audio_codec, v.file_size, v.content_type, v.sha256, v.s3_key, "       \
    "v.thumbnail_s3_key, v.small_thumbnail_key, v.uploaded_at, v.changed_at, v.version, v.published_platforms, "       \
    "v.title_key"

Video read_video(const Row& row);
// The column beside the video that lists by title continue from.
std::string_view read_title_key(const Row& row);

inline std::int64_t in_micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

} // namespace vitrina

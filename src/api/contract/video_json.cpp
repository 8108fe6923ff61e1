#include "api/contract/video_json.hpp"

#include "api/json_writer.hpp"

#include <algorithm>

namespace vitrina {

std::int64_t whole_seconds(std::chrono::microseconds duration)
{
    if (duration.count() <= 0)
        return 0;
    return std::max<std::int64_t>(1, std::chrono::round<std::chrono::seconds>(duration).count());
}

void append_contract_video(std::string& out, const Video& video, const VideoUrls& urls)
{
    const std::string source = urls.source(video);
    JsonWriter json(out);
    json.begin_object()
        .member("id", video.id.text())
        .member("title", video.title)
        .member("description", video.description)
        .member("file_path", source)
        .member("s3_url", source)
        .member("thumbnail_path", urls.thumbnail(video))
        .member("tags")
        .begin_array();
    for (const std::string& tag : video.tags)
        json.value(tag);
    json.end_array()
        .member("upload_date", iso_without_zone(video.uploaded_at))
        .member("duration", whole_seconds(video.duration))
        .member("is_published", video.is_published())
        .member("published_platforms")
        .begin_array();
    for (const std::string& platform : video.published_platforms)
        json.value(platform);
    json.end_array().end_object();
}

} // namespace vitrina

#include "api/v1/video_json.hpp"

#include "api/json_writer.hpp"
#include "core/digest.hpp"

namespace vitrina {

namespace {

void append_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts)
{
    json.member(name).begin_array();
    for (const std::string& text : texts)
        json.value(text);
    json.end_array();
}

void append_reasons(JsonWriter& json, const std::vector<VideoReason>& reasons)
{
    json.member("reasons").begin_array();
    for (const VideoReason& reason : reasons)
        json.begin_object().member("code", reason.code).member("message", reason.message).end_object();
    json.end_array();
}

// What is not known (yet) is null on /v1.
void append_text_or_null(JsonWriter& json, std::string_view name, std::string_view text)
{
    json.member(name);
    if (text.empty())
        json.null();
    else
        json.value(text);
}

template <class Number>
void append_number_or_null(JsonWriter& json, std::string_view name, Number number)
{
    json.member(name);
    if (number > 0)
        json.value(number);
    else
        json.null();
}

} // namespace

void append_video(std::string& out, const Video& video, const VideoUrls& urls, std::string_view publications)
{
    JsonWriter json(out);
    json.begin_object()
        .member("id", video.id.text())
        .member("title", video.title)
        .member("description", video.description);
    append_texts(json, "tags", video.tags);
    json.member("status", name(video.status));
    append_reasons(json, video.reasons);
    append_number_or_null(json, "duration", std::chrono::duration<double>(video.duration).count());
    append_number_or_null(json, "width", video.width);
    append_number_or_null(json, "height", video.height);
    append_number_or_null(json, "frame_rate", video.frame_rate);
    json.member("rotation", video.rotation);
    append_text_or_null(json, "container", video.container);
    append_text_or_null(json, "video_codec", video.video_codec);
    append_text_or_null(json, "audio_codec", video.audio_codec);
    json.member("size", video.size).member("content_type", video.content_type).member("sha256", video.sha256);
    json.member("uploaded_at", rfc3339(video.uploaded_at)).member("updated_at", rfc3339(video.updated_at));
    json.member("source_url", urls.source(video));
    append_text_or_null(json, "thumbnail_url", urls.thumbnail(video));
    append_text_or_null(json, "small_thumbnail_url", urls.small_thumbnail(video));
    json.member("playback").begin_object().member("hls").null().member("dash").null().end_object();
    append_texts(json, "published_platforms", video.published_platforms);
    json.member("publications").raw(publications).end_object();
}

std::string video_etag(const Video& video, std::string_view json)
{
    return '"' + std::to_string(video.version) + '.' + sha256_hex(json).substr(0, 16) + '"';
}

bool names_version(std::string_view if_match, const Video& video)
{
    const std::string ours = '"' + std::to_string(video.version) + '.';
    std::string_view rest = if_match;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        std::string_view tag = rest.substr(0, comma);
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        const std::size_t begin = tag.find_first_not_of(" \t");
        tag.remove_prefix(begin == std::string_view::npos ? tag.size() : begin);
        if (tag == "*" || tag.starts_with(ours))
            return true;
    }
    return false;
}

} // namespace vitrina

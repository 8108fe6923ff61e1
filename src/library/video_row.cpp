#include "library/video_row.hpp"

#include "library/json_columns.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

Instant instant(std::int64_t micros)
{
    return Instant{std::chrono::microseconds{micros}};
}

template <class Read>
Read must(std::optional<Read> read, std::string_view what)
{
    if (!read)
        throw std::runtime_error("the table videos holds an unreadable " + std::string(what));
    return *read;
}

} // namespace

Video read_video(const Row& row)
{
    std::size_t column = 0;
    const auto text = [&] { return row.text(column++); };
    const auto integer = [&] { return row.integer(column++); };

    Video video;
    video.seq = integer();
    video.id = must(VideoId::parse(text()), "id");
    video.title = text();
    video.description = text();
    video.tags = texts_of(text());
    video.status = must(parse_video_status(text()), "status");
    video.reasons = reasons_of(text());
    video.duration = std::chrono::microseconds{integer()};
    video.width = static_cast<int>(integer());
    video.height = static_cast<int>(integer());
    video.rotation = static_cast<int>(integer());
    video.frame_rate = row.real(column++);
    video.container = text();
    video.video_codec = text();
    video.audio_codec = text();
    video.size = static_cast<std::uint64_t>(integer());
    video.content_type = text();
    video.sha256 = text();
    video.source_key = text();
    video.thumbnail_key = text();
    video.small_thumbnail_key = text();
    video.uploaded_at = instant(integer());
    video.updated_at = instant(integer());
    video.version = integer();
    video.published_platforms = texts_of(text());
    return video;
}

std::string_view read_title_key(const Row& row)
{
    return row.text(25);
}

} // namespace vitrina

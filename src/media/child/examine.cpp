#include "media/child/container.hpp"
#include "media/child/media_child.hpp"
#include "media/child/media_refused.hpp"
#include "media/child/still.hpp"
#include "media/child/thumbnail.hpp"
#include "media/child/timing.hpp"

namespace vitrina {

MediaFacts examine_media(ByteSource& source, const ExamineLimits& limits)
{
    Container container(source, limits.max_pixels);
    Timing timing = measure_timing(container);

    MediaFacts facts;
    facts.container = container.name();
    facts.duration = timing.duration;
    if (AVStream* audio = container.audio())
        facts.audio_codec = av::avcodec_get_name(audio->codecpar->codec_id);

    Thumbnails thumbnails;
    if (AVStream* video = container.video()) {
        Display display = display_of(*video);
        facts.width = display.size.width;
        facts.height = display.size.height;
        facts.rotation = display.rotation;
        facts.frame_rate = timing.frame_rate;
        facts.video_codec = av::avcodec_get_name(video->codecpar->codec_id);
        thumbnails = choose_thumbnails(container, *video, display, timing.duration);
    } else if (AVStream* cover = container.cover()) {
        thumbnails = cover_thumbnails(container, *cover);
    }
    facts.thumbnail = std::move(thumbnails.large);
    facts.small_thumbnail = std::move(thumbnails.small);
    return facts;
}

} // namespace vitrina

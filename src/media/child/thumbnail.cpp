#include "media/child/thumbnail.hpp"

#include "media/child/cpu_time.hpp"
#include "media/child/frame_reader.hpp"
#include "media/child/media_refused.hpp"
#include "media/media_reply.hpp"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace vitrina {

namespace {

using std::chrono::microseconds;

constexpr double lively_enough = 0.55;                    // an ordinary picture; the search ends
constexpr double too_dull = 0.4;                          // black, white, a title card
constexpr std::chrono::milliseconds search_cost{300};     // CPU
constexpr std::chrono::milliseconds read_on_cost{400};    // CPU, only when every key frame is dull
constexpr int read_on_step = 8;                           // judge every eighth frame when reading on

// The best picture seen so far.
class Choice {
public:
    Choice(const Display& display) : display_(display) {}

    void consider(const AVFrame& frame)
    {
        av::Frame still = make_still(frame, display_, thumbnail_box);
        if (!still)
            return;
        double score = liveliness(*still);
        if (frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0)
            score /= 4;
        if (!best_ || score > score_)
            best_ = std::move(still), score_ = score;
    }

    bool reached(double score) const { return best_ && score_ >= score; }
    const AVFrame* best() const { return best_.get(); }

private:
    const Display& display_;
    av::Frame best_;
    double score_ = 0;
};

Picture jpeg_of(const AVFrame& still)
{
    return {.jpeg = encode_jpeg(still), .width = still.width, .height = still.height};
}

Thumbnails thumbnails_of(const AVFrame& still)
{
    Display upright{.size = {still.width, still.height}};
    av::Frame small = make_still(still, upright, small_thumbnail_box);
    if (!small)
        return {};
    return {.large = jpeg_of(still), .small = jpeg_of(*small)};
}

// A third of the way in shows what a video is about more often than its start does.
void try_key_frames(FrameReader& frames, const AVStream& video, microseconds duration, Choice& choice)
{
    CpuBudget budget(search_cost);
    std::int64_t start = video.start_time != AV_NOPTS_VALUE ? video.start_time : 0;
    std::int64_t length = av::av_rescale_q(duration.count(), AVRational{1, 1'000'000}, video.time_base);
    std::int64_t last = AV_NOPTS_VALUE;
    for (double part : {0.3, 0.5, 0.15, 0.7, 0.9}) {
        if (choice.reached(lively_enough) || budget.is_spent())
            return;
        av::Frame frame = frames.key_frame(start + static_cast<std::int64_t>(part * static_cast<double>(length)));
        if (!frame || (frame->pts != AV_NOPTS_VALUE && frame->pts == last))
            continue; // one key frame may serve several places
        last = frame->pts;
        choice.consider(*frame);
    }
}

// From the start, opened anew: a black intro may be all that the few key frames of a short video show, and some files
// cannot be sought at all.
void read_from_start(ByteSource& source, std::uint64_t max_pixels, Choice& choice)
{
    CpuBudget budget(read_on_cost);
    Container container(source, max_pixels);
    FrameReader frames(container, *container.video());
    for (int i = 0; !choice.reached(lively_enough); ++i) {
        av::Frame frame = frames.next_frame();
        if (!frame)
            return;
        if (i % read_on_step == 0)
            choice.consider(*frame);
        if (budget.is_spent())
            return;
    }
}

} // namespace

Thumbnails choose_thumbnails(Container& container, AVStream& video, const Display& display, microseconds duration)
{
    FrameReader frames(container, video);
    Choice choice(display);
    try_key_frames(frames, video, duration, choice);
    if (!choice.reached(too_dull))
        read_from_start(container.source(), container.max_pixels(), choice);
    if (!choice.best())
        throw MediaRefused(MediaTrouble::no_picture, av::avcodec_get_name(video.codecpar->codec_id));
    return thumbnails_of(*choice.best());
}

Thumbnails cover_thumbnails(Container& container, AVStream& cover)
try {
    FrameReader frames(container, cover);
    av::Frame frame = frames.only_frame(cover.attached_pic);
    av::Frame still = frame ? make_still(*frame, {.size = {frame->width, frame->height}}, thumbnail_box) : nullptr;
    return still ? thumbnails_of(*still) : Thumbnails{};
} catch (const MediaRefused&) {
    return {};
}

} // namespace vitrina

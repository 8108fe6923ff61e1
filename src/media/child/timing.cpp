#include "media/child/timing.hpp"

#include "media/child/cpu_time.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace vitrina {

namespace {

using std::chrono::microseconds;

constexpr double highest_sane_rate = 300;           // Matroska's millisecond clock makes FFmpeg guess 1000
constexpr std::int64_t frames_to_count = 600;       // enough for an average where the container states none
constexpr std::chrono::milliseconds scan_cost{4000}; // CPU; about 4 GB of packets

microseconds to_microseconds(std::int64_t time, AVRational base)
{
    return microseconds(av::av_rescale_q(time, base, AVRational{1, 1'000'000}));
}

bool is_sane(double rate)
{
    return rate > 0 && rate <= highest_sane_rate;
}

// An average over some frames is a little off; where it confirms the rate the timestamps are made for, that is exact.
double settle(const AVStream& video, double average)
{
    double nominal = video.r_frame_rate.den > 0 ? av_q2d(video.r_frame_rate) : 0;
    return std::abs(nominal - average) < 0.05 * average ? nominal : average;
}

// Frames by duration: right for a variable rate too. 0 when the container does not say.
double stated_rate(const AVStream& video)
{
    if (video.nb_frames > 0 && video.duration > 0) {
        double seconds = static_cast<double>(video.duration) * av_q2d(video.time_base);
        double rate = static_cast<double>(video.nb_frames) / seconds;
        if (is_sane(rate))
            return rate;
    }
    double average = video.avg_frame_rate.den > 0 ? av_q2d(video.avg_frame_rate) : 0;
    double rate = settle(video, average);
    return is_sane(rate) ? rate : 0;
}

// The first and last moment of one stream seen so far.
struct Span {
    std::int64_t frames = 0;
    microseconds first{}, last_start{}, end{};

    void add(const AVPacket& packet, const AVStream& stream)
    {
        std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
        if (time == AV_NOPTS_VALUE)
            return;
        microseconds start = to_microseconds(time, stream.time_base);
        microseconds finish = start + to_microseconds(std::max<std::int64_t>(packet.duration, 0), stream.time_base);
        first = frames == 0 ? start : std::min(first, start);
        last_start = frames == 0 ? start : std::max(last_start, start);
        end = frames == 0 ? finish : std::max(end, finish);
        ++frames;
    }

    double rate() const
    {
        double seconds = std::chrono::duration<double>(last_start - first).count();
        double average = frames > 1 && seconds > 0 ? static_cast<double>(frames - 1) / seconds : 0;
        return is_sane(average) ? average : 0;
    }
};

struct Scan {
    Span video, audio;

    microseconds duration() const
    {
        if (video.frames == 0 || audio.frames == 0)
            return video.frames == 0 ? audio.end - audio.first : video.end - video.first;
        return std::max(video.end, audio.end) - std::min(video.first, audio.first);
    }
};

// Reads on until the end, or until enough frames were counted when only their rate is wanted.
Scan scan_packets(Container& container, bool to_the_end)
{
    Scan seen;
    CpuBudget budget(scan_cost);
    av::Packet packet = av::make_packet();
    while (!budget.is_spent() && (to_the_end || seen.video.frames < frames_to_count) && container.read(*packet)) {
        if (container.video() && packet->stream_index == container.video()->index)
            seen.video.add(*packet, *container.video());
        else if (container.audio() && packet->stream_index == container.audio()->index)
            seen.audio.add(*packet, *container.audio());
    }
    return seen;
}

} // namespace

Timing measure_timing(Container& container)
{
    auto stated = container.stated_duration();
    double rate = container.video() ? stated_rate(*container.video()) : 0;
    bool lacks_rate = container.video() && rate == 0;
    if (stated && !lacks_rate)
        return {.duration = *stated, .frame_rate = rate};

    Scan seen = scan_packets(container, !stated);
    return {.duration = stated.value_or(seen.duration()),
            .frame_rate = lacks_rate ? settle(*container.video(), seen.video.rate()) : rate};
}

} // namespace vitrina

#include "media/child/frame_reader.hpp"

#include "media/child/allowed.hpp"
#include "media/child/media_refused.hpp"

#include <cerrno>
#include <new>

namespace vitrina {

namespace {

// Between two frames of one stream there are seldom more packets of others; a file without an end is not walked.
constexpr int most_packets_between = 3000;

const AVCodec& allowed_decoder(const AVCodecParameters& parameters)
{
    const AVCodec* decoder = av::avcodec_find_decoder(parameters.codec_id);
    if (!decoder || !is_listed(decoder->name, allowed_codecs))
        throw MediaRefused(MediaTrouble::not_accepted, av::avcodec_get_name(parameters.codec_id));
    return *decoder;
}

} // namespace

FrameReader::FrameReader(Container& container, AVStream& stream) : container_(container), stream_(stream)
{
    const AVCodecParameters& parameters = *stream.codecpar;
    const AVCodec& decoder = allowed_decoder(parameters);
    std::int64_t pixels = std::int64_t{parameters.width} * parameters.height;
    if (pixels < 0 || static_cast<std::uint64_t>(pixels) > container.max_pixels())
        throw MediaRefused(MediaTrouble::too_costly, "picture size");

    codec_ = av::make_codec(&decoder);
    codec_->max_pixels = static_cast<std::int64_t>(container.max_pixels()); // a later frame may declare another size
    codec_->thread_count = 1;
    codec_->skip_loop_filter = AVDISCARD_ALL; // invisible once scaled down, and a quarter of the work
    codec_->pkt_timebase = stream.time_base;
    if (av::avcodec_parameters_to_context(codec_.get(), &parameters) < 0)
        throw std::bad_alloc();
    int error = av::avcodec_open2(codec_.get(), &decoder, nullptr);
    if (error == AVERROR(ENOMEM))
        throw std::bad_alloc();
    if (error < 0)
        throw MediaRefused(MediaTrouble::no_picture, decoder.name);
}

bool FrameReader::read_packet()
{
    for (int i = 0; i < most_packets_between; ++i) {
        if (!container_.read(*packet_))
            return false;
        if (packet_->stream_index == stream_.index)
            return true;
    }
    return false;
}

av::Frame FrameReader::receive()
{
    av::Frame frame = av::make_frame();
    int error = av::avcodec_receive_frame(codec_.get(), frame.get());
    if (error == AVERROR(ENOMEM))
        throw std::bad_alloc();
    return error == 0 ? std::move(frame) : nullptr;
}

// One packet in, its frame out at once, although a decoder likes to wait for the packets that follow.
av::Frame FrameReader::drain(const AVPacket& packet)
{
    av::avcodec_flush_buffers(codec_.get());
    av::avcodec_send_packet(codec_.get(), &packet);
    av::avcodec_send_packet(codec_.get(), nullptr);
    av::Frame frame = receive();
    av::avcodec_flush_buffers(codec_.get());
    return frame;
}

bool FrameReader::read_key_packet()
{
    // A seek may land between key packets; what comes before the next one cannot be decoded.
    while (read_packet())
        if ((packet_->flags & AV_PKT_FLAG_KEY) != 0)
            return true;
    return false;
}

av::Frame FrameReader::key_frame(std::int64_t time)
{
    drained_ = false;
    if (!container_.seek(stream_, time) || !read_key_packet())
        return nullptr;
    if (av::Frame frame = drain(*packet_))
        return frame;
    // Some streams mark packets as key that need their successors.
    av::avcodec_send_packet(codec_.get(), packet_.get());
    return next_frame();
}

av::Frame FrameReader::next_frame()
{
    while (!drained_) {
        if (av::Frame frame = receive())
            return frame;
        if (read_packet()) {
            av::avcodec_send_packet(codec_.get(), packet_.get()); // a broken packet gives no frame; the next one may
        } else {
            av::avcodec_send_packet(codec_.get(), nullptr);
            drained_ = true;
        }
    }
    return receive();
}

av::Frame FrameReader::only_frame(const AVPacket& packet)
{
    return drain(packet);
}

} // namespace vitrina

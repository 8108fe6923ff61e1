#pragma once
#include "media/child/container.hpp"
#include "media/child/libav.hpp"

#include <cstdint>

namespace vitrina {

// Decodes single frames of one stream, on this thread. Throws MediaRefused when its codec is not allowed, or its
// frames are larger than allowed.
class FrameReader {
public:
    FrameReader(Container& container, AVStream& stream);

    // The key frame at or before `time` (in the stream's time base); null when nothing there can be decoded.
    av::Frame key_frame(std::int64_t time);
    // The frame after the one read last; null at the end.
    av::Frame next_frame();
    // A picture that is a single packet: a cover.
    av::Frame only_frame(const AVPacket& packet);

private:
    bool read_packet();
    av::Frame receive();
    av::Frame drain(const AVPacket& packet);

    Container& container_;
    AVStream& stream_;
    av::Codec codec_;
    av::Packet packet_ = av::make_packet();
    bool drained_ = false;
};

} // namespace vitrina

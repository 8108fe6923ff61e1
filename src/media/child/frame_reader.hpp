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

    // The key frame at or before `time` (in the stream's time base), or soon after it where seeking is rough; null when
    // nothing there can be decoded.
    av::Frame key_frame(std::int64_t time);
    // Without seeking: the next frame; null at the end.
    av::Frame next_frame();
    // A picture that is a single packet: a cover.
    av::Frame only_frame(const AVPacket& packet);

private:
    bool read_packet();
    bool read_key_packet();
    av::Frame receive();
    av::Frame drain(const AVPacket& packet);

    Container& container_;
    AVStream& stream_;
    av::Codec codec_;
    av::Packet packet_ = av::make_packet();
    bool drained_ = false;
};

} // namespace vitrina

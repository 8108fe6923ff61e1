#include "media/child/warm_up.hpp"

#include "media/child/libav.hpp"
#include "media/child/still.hpp"

#include <algorithm>

namespace vitrina {

namespace {

// The commonest decoder; others warm up in a millisecond or two when their turn comes.
void open_decoder(AVCodecID id)
{
    const AVCodec* decoder = av::avcodec_find_decoder(id);
    if (!decoder)
        return;
    av::Codec codec = av::make_codec(decoder);
    codec->thread_count = 1;
    av::avcodec_open2(codec.get(), decoder, nullptr);
}

av::Frame grey_frame(Size size)
{
    av::Frame frame = av::make_frame();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = size.width;
    frame->height = size.height;
    if (av::av_frame_get_buffer(frame.get(), 0) < 0)
        return nullptr;
    for (int plane = 0; plane < 3; ++plane)
        std::fill_n(frame->data[plane], frame->linesize[plane] * (plane == 0 ? size.height : size.height / 2), 128);
    return frame;
}

} // namespace

void warm_up()
{
    open_decoder(AV_CODEC_ID_H264);
    open_decoder(AV_CODEC_ID_AAC);
    Size size{256, 144};
    if (av::Frame frame = grey_frame(size))
        if (av::Frame still = make_still(*frame, {.size = size}, 128))
            encode_jpeg(*still);
}

} // namespace vitrina

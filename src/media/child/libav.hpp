#pragma once
// The only place that includes FFmpeg. Its libraries are not linked but loaded by the child when it starts: with the
// 130 libraries they bring along they would cost every `vitrina` process 75 ms at its start and 26 MB of memory.
// So its functions are called as av::av_frame_alloc(…); types, constants and inline functions are FFmpeg's own.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace vitrina::av {

#define VITRINA_AV_FUNCTIONS(X)                                                                                        \
    X(avutil, av_log_set_callback)                                                                                     \
    X(avutil, av_max_alloc)                                                                                            \
    X(avutil, av_malloc)                                                                                               \
    X(avutil, av_free)                                                                                                 \
    X(avutil, av_frame_alloc)                                                                                          \
    X(avutil, av_frame_free)                                                                                           \
    X(avutil, av_frame_unref)                                                                                          \
    X(avutil, av_frame_get_buffer)                                                                                     \
    X(avutil, av_dict_set)                                                                                             \
    X(avutil, av_dict_get)                                                                                             \
    X(avutil, av_dict_free)                                                                                            \
    X(avutil, av_rescale_q)                                                                                            \
    X(avutil, av_display_rotation_get)                                                                                 \
    X(avcodec, avcodec_find_decoder)                                                                                   \
    X(avcodec, avcodec_find_encoder)                                                                                   \
    X(avcodec, avcodec_get_name)                                                                                       \
    X(avcodec, avcodec_alloc_context3)                                                                                 \
    X(avcodec, avcodec_free_context)                                                                                   \
    X(avcodec, avcodec_parameters_to_context)                                                                          \
    X(avcodec, avcodec_open2)                                                                                          \
    X(avcodec, avcodec_send_packet)                                                                                    \
    X(avcodec, avcodec_receive_frame)                                                                                  \
    X(avcodec, avcodec_send_frame)                                                                                     \
    X(avcodec, avcodec_receive_packet)                                                                                 \
    X(avcodec, avcodec_flush_buffers)                                                                                  \
    X(avcodec, av_packet_alloc)                                                                                        \
    X(avcodec, av_packet_free)                                                                                         \
    X(avcodec, av_packet_unref)                                                                                        \
    X(avformat, avio_alloc_context)                                                                                    \
    X(avformat, avio_context_free)                                                                                     \
    X(avformat, av_probe_input_buffer2)                                                                                \
    X(avformat, avformat_alloc_context)                                                                                \
    X(avformat, avformat_open_input)                                                                                   \
    X(avformat, avformat_close_input)                                                                                  \
    X(avformat, avformat_find_stream_info)                                                                             \
    X(avformat, avformat_seek_file)                                                                                    \
    X(avformat, av_read_frame)                                                                                         \
    X(avformat, av_stream_get_side_data)                                                                               \
    X(swscale, sws_getContext)                                                                                         \
    X(swscale, sws_freeContext)                                                                                        \
    X(swscale, sws_getCoefficients)                                                                                    \
    X(swscale, sws_isSupportedInput)                                                                                   \
    X(swscale, sws_scale)                                                                                              \
    X(swscale, sws_setColorspaceDetails)

#define VITRINA_AV_POINTER(library, name) inline decltype(&::name) name = nullptr;
VITRINA_AV_FUNCTIONS(VITRINA_AV_POINTER)
#undef VITRINA_AV_POINTER

// Finds the libraries of the version we were compiled against. Says what is missing, or nothing when all is well.
std::string load();

struct FreeFrame {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
};
struct FreePacket {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
};
struct FreeCodec {
    void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};

using Frame = std::unique_ptr<AVFrame, FreeFrame>;
using Packet = std::unique_ptr<AVPacket, FreePacket>;
using Codec = std::unique_ptr<AVCodecContext, FreeCodec>;

// Each throws std::bad_alloc when there is no memory left.
Frame make_frame();
Packet make_packet();
Codec make_codec(const AVCodec* codec);

// Options as FFmpeg takes them.
class Options {
public:
    Options() = default;
    Options(Options&& other) noexcept : options_(other.options_) { other.options_ = nullptr; }
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;
    ~Options() { av_dict_free(&options_); }
    void set(const char* name, const std::string& value) { av_dict_set(&options_, name, value.c_str(), 0); }
    AVDictionary** get() { return &options_; }

private:
    AVDictionary* options_ = nullptr;
};

} // namespace vitrina::av

#include "media/child/still.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <new>
#include <utility>

namespace vitrina {

namespace {

constexpr int jpeg_quantiser = 4; // 1…31; 4 keeps text readable at about 40 kB for 640 × 360
constexpr int widest_picture = 65535;
constexpr double widest_pixel = 8; // a sample aspect ratio beyond it is a broken header, not a lens

struct FreeScaler {
    void operator()(SwsContext* scaler) const { av::sws_freeContext(scaler); }
};

Size turned(Size size, int rotation)
{
    return rotation % 180 == 0 ? size : Size{size.height, size.width};
}

av::Frame make_picture(Size size)
{
    av::Frame picture = av::make_frame();
    picture->format = AV_PIX_FMT_YUVJ420P;
    picture->color_range = AVCOL_RANGE_JPEG;
    picture->width = size.width;
    picture->height = size.height;
    if (av::av_frame_get_buffer(picture.get(), 0) < 0)
        throw std::bad_alloc();
    return picture;
}

Size plane_size(const AVFrame& picture, int plane)
{
    if (plane == 0)
        return {picture.width, picture.height};
    return {(picture.width + 1) / 2, (picture.height + 1) / 2};
}

bool is_full_range(const AVFrame& frame)
{
    switch (frame.format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P: return true;
    default: return frame.color_range == AVCOL_RANGE_JPEG;
    }
}

// Files that do not name their matrix follow the custom: BT.709 from HD on, BT.601 below.
int matrix_of(const AVFrame& frame)
{
    switch (frame.colorspace) {
    case AVCOL_SPC_BT709: return SWS_CS_ITU709;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return SWS_CS_BT2020;
    case AVCOL_SPC_SMPTE240M: return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC: return SWS_CS_ITU601;
    default: return frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    }
}

av::Frame scale(const AVFrame& frame, Size size)
{
    auto format = static_cast<AVPixelFormat>(frame.format);
    if (frame.width < 1 || frame.height < 1 || !av::sws_isSupportedInput(format))
        return nullptr;
    std::unique_ptr<SwsContext, FreeScaler> scaler(av::sws_getContext(frame.width, frame.height, format, size.width,
                                                                      size.height, AV_PIX_FMT_YUVJ420P, SWS_AREA,
                                                                      nullptr, nullptr, nullptr));
    if (!scaler)
        return nullptr;
    av::sws_setColorspaceDetails(scaler.get(), av::sws_getCoefficients(matrix_of(frame)), is_full_range(frame) ? 1 : 0,
                                 av::sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16,
                                 1 << 16); // JPEG is BT.601, full range

    av::Frame picture = make_picture(size);
    int rows =
        av::sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, picture->data, picture->linesize);
    return rows == size.height ? std::move(picture) : nullptr;
}

void turn_plane(const AVFrame& from, AVFrame& to, int plane, int rotation)
{
    Size size = plane_size(to, plane);
    Size source = plane_size(from, plane);
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            int sx = x, sy = y;
            if (rotation == 90)
                sx = y, sy = source.height - 1 - x;
            else if (rotation == 180)
                sx = source.width - 1 - x, sy = source.height - 1 - y;
            else if (rotation == 270)
                sx = source.width - 1 - y, sy = x;
            to.data[plane][y * to.linesize[plane] + x] = from.data[plane][sy * from.linesize[plane] + sx];
        }
    }
}

av::Frame turn(av::Frame picture, int rotation)
{
    if (rotation == 0)
        return picture;
    av::Frame upright = make_picture(turned({picture->width, picture->height}, rotation));
    for (int plane = 0; plane < 3; ++plane)
        turn_plane(*picture, *upright, plane, rotation);
    return upright;
}

int rotation_of(const AVStream& stream)
{
    std::size_t size = 0;
    const std::uint8_t* matrix = av::av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    if (!matrix || size < 9 * sizeof(std::int32_t))
        return 0;
    double anticlockwise = av::av_display_rotation_get(reinterpret_cast<const std::int32_t*>(matrix));
    if (!std::isfinite(anticlockwise)) // a matrix without an inverse
        return 0;
    int quarters = static_cast<int>(std::lround(-anticlockwise / 90));
    return (quarters % 4 + 4) % 4 * 90;
}

AVRational pixel_shape(const AVStream& stream)
{
    AVRational shape =
        stream.sample_aspect_ratio.num > 0 ? stream.sample_aspect_ratio : stream.codecpar->sample_aspect_ratio;
    if (shape.num <= 0 || shape.den <= 0)
        return {1, 1};
    double ratio = av_q2d(shape);
    return ratio > widest_pixel || ratio < 1 / widest_pixel ? AVRational{1, 1} : shape;
}

} // namespace

Size fit(Size size, int box)
{
    double scale_by = std::min(1.0, static_cast<double>(box) / std::max(size.width, size.height));
    auto scaled = [&](int side) { return std::clamp(static_cast<int>(std::lround(side * scale_by)), 1, box); };
    return {scaled(size.width), scaled(size.height)};
}

Display display_of(const AVStream& stream)
{
    const AVCodecParameters& coded = *stream.codecpar;
    auto side = [](double pixels) { return std::clamp(static_cast<int>(std::lround(pixels)), 1, widest_picture); };
    Size square{side(coded.width * av_q2d(pixel_shape(stream))), side(coded.height)};
    int rotation = rotation_of(stream);
    return {.size = turned(square, rotation), .rotation = rotation};
}

av::Frame make_still(const AVFrame& frame, const Display& display, int box)
{
    // Scaled first: turning a small picture costs a thirtieth of turning the frame.
    Size upright = fit(display.size, box);
    av::Frame small = scale(frame, turned(upright, display.rotation));
    return small ? turn(std::move(small), display.rotation) : nullptr;
}

double liveliness(const AVFrame& still)
{
    constexpr std::size_t shades = 32;
    std::array<int, shades> histogram{};
    for (int y = 0; y < still.height; ++y)
        for (int x = 0; x < still.width; ++x)
            ++histogram[still.data[0][y * still.linesize[0] + x] * shades / 256];

    double total = static_cast<double>(still.width) * still.height;
    double entropy = 0;
    for (int count : histogram)
        if (count > 0)
            entropy -= count / total * std::log2(count / total);
    return entropy / std::log2(static_cast<double>(shades));
}

std::string encode_jpeg(const AVFrame& still)
{
    const AVCodec* encoder = av::avcodec_find_encoder(AV_CODEC_ID_MJPEG);
    av::Codec jpeg = av::make_codec(encoder);
    jpeg->width = still.width;
    jpeg->height = still.height;
    jpeg->pix_fmt = AV_PIX_FMT_YUVJ420P;
    jpeg->color_range = AVCOL_RANGE_JPEG;
    jpeg->time_base = {1, 25}; // any: a still has no time
    jpeg->thread_count = 1;
    jpeg->flags |= AV_CODEC_FLAG_QSCALE;
    jpeg->global_quality = FF_QP2LAMBDA * jpeg_quantiser;

    av::Packet packet = av::make_packet();
    bool encoded =
        av::avcodec_open2(jpeg.get(), encoder, nullptr) == 0 && av::avcodec_send_frame(jpeg.get(), &still) == 0 &&
        av::avcodec_send_frame(jpeg.get(), nullptr) == 0 && av::avcodec_receive_packet(jpeg.get(), packet.get()) == 0;
    return encoded ? std::string(reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size))
                   : "";
}

} // namespace vitrina

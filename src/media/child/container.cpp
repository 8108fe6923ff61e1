#include "media/child/container.hpp"

#include "media/child/allowed.hpp"
#include "media/child/media_refused.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <tuple>
#include <vector>

namespace vitrina {

namespace {

constexpr int io_buffer_size = 64 * 1024;
constexpr unsigned most_probed = 1024 * 1024;
constexpr int least_score = AVPROBE_SCORE_RETRY; // below it FFmpeg guesses: noise looks like an MP3 now and then
constexpr std::size_t ebml_header_size = 128;

// The part of FFmpeg's name for a reader that we repeat to people: "mov,mp4,m4a" → "mov".
std::string short_name(std::string_view name)
{
    return std::string(name.substr(0, name.find(',')));
}

std::string tag(const AVFormatContext& format, const char* name)
{
    const AVDictionaryEntry* entry = av::av_dict_get(format.metadata, name, nullptr, 0);
    return entry ? entry->value : "";
}

// The ISO family by its major brand; a file without one is an old QuickTime movie.
std::string iso_name(const AVFormatContext& format)
{
    std::string brand = tag(format, "major_brand");
    if (brand.empty() || brand == "qt  ")
        return "mov";
    if (brand.starts_with("3g2"))
        return "3g2";
    return brand.starts_with("3g") ? "3gp" : "mp4";
}

// The EBML header's DocType (element 0x4282) is what sets WebM apart.
std::string matroska_name(ByteSource& source)
{
    std::array<char, ebml_header_size> bytes;
    std::size_t got = source.read(0, std::as_writable_bytes(std::span(bytes)));
    std::string_view header(bytes.data(), got);
    return header.find(std::string_view("\x42\x82\x84webm")) != header.npos ? "webm" : "matroska";
}

std::string container_name(const AVFormatContext& format, ByteSource& source)
{
    std::string name = short_name(format.iformat->name);
    if (name == "mov")
        return iso_name(format);
    return name == "matroska" ? matroska_name(source) : name;
}

// References to other files, which some containers may hold, lead nowhere.
int open_nothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**)
{
    return AVERROR(EACCES);
}

MediaRefused refused_on_opening(int error)
{
    if (error == AVERROR(ENOMEM))
        return {MediaTrouble::too_costly, "memory"};
    return {MediaTrouble::damaged};
}

bool is_described(const AVStream& stream)
{
    const AVCodecParameters& p = *stream.codecpar;
    if (p.codec_type == AVMEDIA_TYPE_AUDIO)
        return p.codec_id != AV_CODEC_ID_NONE;
    if (p.codec_type != AVMEDIA_TYPE_VIDEO)
        return true;
    bool has_setup = (p.codec_id == AV_CODEC_ID_H264 || p.codec_id == AV_CODEC_ID_HEVC) && p.extradata_size > 0;
    return has_setup && p.width > 0 && p.height > 0 && stream.nb_frames > 0 && stream.duration > 0;
}

// An ordinary MP4 or MOV says everything in its index. FFmpeg would decode half a dozen frames all the same, which
// takes longer than all the rest.
bool is_described(const AVFormatContext& format)
{
    if (short_name(format.iformat->name) != "mov" || format.duration <= 0 || format.nb_streams == 0)
        return false;
    return std::all_of(format.streams, format.streams + format.nb_streams,
                       [](const AVStream* stream) { return is_described(*stream); });
}

bool is_picture(const AVStream& stream)
{
    return (stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS)) != 0;
}

// The default one wins, then the larger (or richer), then the earlier.
auto preference(const AVStream& stream)
{
    const AVCodecParameters& p = *stream.codecpar;
    bool is_default = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0;
    auto amount =
        p.codec_type == AVMEDIA_TYPE_VIDEO ? std::int64_t{p.width} * p.height : std::int64_t{p.ch_layout.nb_channels};
    return std::tuple(is_default, amount, -stream.index);
}

void prefer(AVStream*& chosen, AVStream* other)
{
    if (!chosen || preference(*other) > preference(*chosen))
        chosen = other;
}

} // namespace

void Container::FreeIo::operator()(AVIOContext* io) const
{
    av::av_free(io->buffer);
    av::avio_context_free(&io);
}

int Container::read_bytes(void* opaque, std::uint8_t* out, int size)
{
    Io& io = *static_cast<Io*>(opaque);
    std::size_t got = io.source.read(io.at, std::as_writable_bytes(std::span(out, static_cast<std::size_t>(size))));
    io.at += got;
    return got > 0 ? static_cast<int>(got) : AVERROR_EOF;
}

std::int64_t Container::seek_bytes(void* opaque, std::int64_t offset, int whence)
{
    Io& io = *static_cast<Io*>(opaque);
    auto size = static_cast<std::int64_t>(io.source.size());
    std::int64_t from = 0;
    switch (whence & ~AVSEEK_FORCE) {
    case AVSEEK_SIZE: return size;
    case SEEK_SET: break;
    case SEEK_CUR: from = static_cast<std::int64_t>(io.at); break;
    case SEEK_END: from = size; break;
    default: return AVERROR(EINVAL);
    }
    std::int64_t target = 0;
    if (__builtin_add_overflow(from, offset, &target) || target < 0)
        return AVERROR(EINVAL);
    io.at = static_cast<std::uint64_t>(target);
    return target;
}

Container::Container(ByteSource& source, std::uint64_t max_pixels) : io_{source}, max_pixels_(max_pixels)
{
    auto* buffer = static_cast<unsigned char*>(av::av_malloc(io_buffer_size));
    if (!buffer)
        throw std::bad_alloc();
    bytes_.reset(av::avio_alloc_context(buffer, io_buffer_size, 0, &io_, read_bytes, nullptr, seek_bytes));
    if (!bytes_)
        throw std::bad_alloc();

    open(recognise());
    name_ = container_name(*format_, source);
    find_streams();
    choose_streams();
}

const AVInputFormat& Container::recognise()
{
    const AVInputFormat* format = nullptr;
    int score = av::av_probe_input_buffer2(bytes_.get(), &format, "", nullptr, 0, most_probed);
    if (score < least_score || !format)
        throw MediaRefused(MediaTrouble::not_media);
    if (!is_listed(short_name(format->name), allowed_formats))
        throw MediaRefused(MediaTrouble::not_accepted, short_name(format->name));
    return *format;
}

void Container::open(const AVInputFormat& format)
{
    AVFormatContext* context = av::avformat_alloc_context();
    if (!context)
        throw std::bad_alloc();
    context->pb = bytes_.get();
    context->flags |= AVFMT_FLAG_CUSTOM_IO;
    context->io_open = open_nothing;

    av::Options options;
    options.set("format_whitelist", allowed_formats);
    options.set("codec_whitelist", allowed_codecs);
    options.set("protocol_whitelist", "none");
    options.set("max_streams", "64");
    int error = av::avformat_open_input(&context, "", &format, options.get()); // frees the context when it fails
    if (error < 0)
        throw refused_on_opening(error);
    format_.reset(context);
}

void Container::find_streams()
{
    if (is_described(*format_))
        return;
    // One set of options for each stream known now, as FFmpeg asks; streams that appear later get the defaults.
    std::vector<av::Options> options(format_->nb_streams);
    std::vector<AVDictionary*> bare;
    for (av::Options& one : options) {
        one.set("max_pixels", std::to_string(max_pixels_));
        bare.push_back(*one.get());
    }
    int error = av::avformat_find_stream_info(format_.get(), bare.empty() ? nullptr : bare.data());
    for (std::size_t i = 0; i < options.size(); ++i)
        *options[i].get() = bare[i];
    if (error < 0)
        throw refused_on_opening(error);
}

void Container::choose_streams()
{
    for (unsigned i = 0; i < format_->nb_streams; ++i) {
        AVStream* stream = format_->streams[i];
        if (stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
            prefer(audio_, stream);
        else if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
            prefer(is_picture(*stream) ? cover_ : video_, stream);
    }
    if (!video_ && !audio_)
        throw MediaRefused(MediaTrouble::nothing_to_play);
}

std::optional<std::chrono::microseconds> Container::stated_duration() const
{
    if (format_->duration <= 0 || format_->duration_estimation_method == AVFMT_DURATION_FROM_BITRATE)
        return std::nullopt;
    return std::chrono::microseconds(format_->duration); // AV_TIME_BASE is a microsecond
}

bool Container::read(AVPacket& packet)
{
    av::av_packet_unref(&packet);
    return av::av_read_frame(format_.get(), &packet) >= 0;
}

bool Container::seek(AVStream& stream, std::int64_t time)
{
    return av::avformat_seek_file(format_.get(), stream.index, INT64_MIN, time, time, 0) >= 0;
}

} // namespace vitrina

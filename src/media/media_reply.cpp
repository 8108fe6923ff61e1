#include "media/media_reply.hpp"

#include "media/containers.hpp"
#include "media/jpeg_size.hpp"
#include "media/wire.hpp"

#include <algorithm>
#include <cmath>

namespace vitrina {

namespace {

constexpr std::size_t max_name = 32;
constexpr std::size_t max_detail = 64;
constexpr std::uint32_t max_side = 1 << 16;
constexpr std::uint64_t max_duration_us = 366ULL * 24 * 3600 * 1'000'000; // a year: longer is nonsense
constexpr std::uint32_t max_frame_rate = 1000;

std::uint32_t longest(ReplyKind kind)
{
    switch (kind) {
    case ReplyKind::read: return 12;
    case ReplyKind::facts: return max_jpeg + max_small_jpeg + 1024;
    case ReplyKind::refusal: return 1 + 4 + max_detail;
    }
    return 0;
}

// FFmpeg's names of codecs and formats: "h264", "pcm_s16le", "mov,mp4,m4a".
bool is_name(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.' || c == ',' || c == ' ';
    });
}

std::optional<MediaReply> parse_read(WireReader& in)
{
    ReadRequest read{.offset = in.u64(), .length = in.u32()};
    if (!in.ended_well() || read.length == 0 || read.length > max_read)
        return std::nullopt;
    return read;
}

std::optional<MediaReply> parse_refusal(WireReader& in)
{
    std::uint8_t trouble = in.u8();
    std::string_view detail = in.text(max_detail);
    bool known = trouble >= 1 && trouble <= static_cast<std::uint8_t>(MediaTrouble::nothing_to_play);
    if (!in.ended_well() || !known || !is_name(detail))
        return std::nullopt;
    return MediaRefusal{.trouble = static_cast<MediaTrouble>(trouble), .detail = std::string(detail)};
}

// Empty is fine (no picture); else it must be a JPEG that fits its box.
std::optional<Picture> parse_picture(std::string_view jpeg, int box)
{
    if (jpeg.empty())
        return Picture{};
    auto size = jpeg_size(jpeg);
    if (!size || size->width < 1 || size->height < 1 || size->width > box || size->height > box)
        return std::nullopt;
    return Picture{.jpeg = std::string(jpeg), .width = size->width, .height = size->height};
}

std::optional<MediaReply> parse_facts(WireReader& in)
{
    std::string_view container = in.text(max_name);
    std::string_view video_codec = in.text(max_name);
    std::string_view audio_codec = in.text(max_name);
    std::uint64_t duration = in.u64();
    std::uint32_t width = in.u32(), height = in.u32();
    std::uint16_t rotation = in.u16();
    std::uint32_t rate_in_thousandths = in.u32();
    auto thumbnail = parse_picture(in.text(max_jpeg), thumbnail_box);
    auto small = parse_picture(in.text(max_small_jpeg), small_thumbnail_box);

    const ContainerKind* kind = find_container(container);
    if (!in.ended_well() || !kind || !thumbnail || !small)
        return std::nullopt;
    if (!is_name(video_codec) || !is_name(audio_codec) || (video_codec.empty() && audio_codec.empty()))
        return std::nullopt;
    bool has_video = !video_codec.empty();
    if (duration > max_duration_us || width > max_side || height > max_side)
        return std::nullopt;
    if (has_video != (width > 0) || has_video != (height > 0))
        return std::nullopt;
    if (rotation > 270 || rotation % 90 != 0 || rate_in_thousandths > max_frame_rate * 1000)
        return std::nullopt;

    return MediaFacts{
        .container = std::string(container),
        .extension = std::string(has_video ? kind->extension : kind->audio_extension),
        .content_type = std::string(has_video ? kind->content_type : kind->audio_content_type),
        .duration = std::chrono::microseconds(duration),
        .width = static_cast<int>(width),
        .height = static_cast<int>(height),
        .rotation = rotation,
        .frame_rate = rate_in_thousandths / 1000.0,
        .video_codec = std::string(video_codec),
        .audio_codec = std::string(audio_codec),
        .thumbnail = std::move(*thumbnail),
        .small_thumbnail = std::move(*small),
    };
}

void write(WireWriter& out, const ReadRequest& read)
{
    out.u64(read.offset);
    out.u32(read.length);
}

void write(WireWriter& out, const MediaRefusal& refusal)
{
    out.u8(static_cast<std::uint8_t>(refusal.trouble));
    out.text(refusal.detail);
}

void write(WireWriter& out, const MediaFacts& facts)
{
    out.text(facts.container);
    out.text(facts.video_codec);
    out.text(facts.audio_codec);
    out.u64(static_cast<std::uint64_t>(facts.duration.count()));
    out.u32(static_cast<std::uint32_t>(facts.width));
    out.u32(static_cast<std::uint32_t>(facts.height));
    out.u16(static_cast<std::uint16_t>(facts.rotation));
    out.u32(static_cast<std::uint32_t>(std::lround(facts.frame_rate * 1000)));
    out.text(facts.thumbnail.jpeg);
    out.text(facts.small_thumbnail.jpeg);
}

ReplyKind kind_of(const MediaReply& reply)
{
    constexpr ReplyKind kinds[]{ReplyKind::read, ReplyKind::facts, ReplyKind::refusal}; // in the variant's order
    return kinds[reply.index()];
}

} // namespace

std::optional<ReplyHead> parse_reply_head(std::span<const std::byte, reply_head_size> bytes)
{
    WireReader in(bytes);
    ReplyHead head{.kind = static_cast<ReplyKind>(in.u8()), .length = in.u32()};
    bool acceptable = head.length > 0 && head.length <= longest(head.kind); // the longest of an unknown kind is 0
    return acceptable ? std::optional(head) : std::nullopt;
}

std::optional<MediaReply> parse_reply(ReplyKind kind, std::span<const std::byte> payload)
{
    WireReader in(payload);
    switch (kind) {
    case ReplyKind::read: return parse_read(in);
    case ReplyKind::facts: return parse_facts(in);
    case ReplyKind::refusal: return parse_refusal(in);
    }
    return std::nullopt;
}

std::string write_reply(const MediaReply& reply)
{
    WireWriter payload;
    std::visit([&](const auto& content) { write(payload, content); }, reply);
    std::string body = payload.take();

    WireWriter head;
    head.u8(static_cast<std::uint8_t>(kind_of(reply)));
    head.u32(static_cast<std::uint32_t>(body.size()));
    return head.take() + body;
}

std::string write_job(const MediaJob& job)
{
    WireWriter out;
    out.u64(job.size);
    out.u64(job.max_pixels);
    out.u8(job.has_descriptor ? 1 : 0);
    return out.take();
}

std::optional<MediaJob> parse_job(std::span<const std::byte> bytes)
{
    WireReader in(bytes);
    MediaJob job{.size = in.u64(), .max_pixels = in.u64(), .has_descriptor = in.u8() != 0};
    return in.ended_well() ? std::optional(job) : std::nullopt;
}

} // namespace vitrina

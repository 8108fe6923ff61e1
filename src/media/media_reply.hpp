#pragma once
#include "media/facts.hpp"
#include "media/media_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace vitrina {

// What a media child may say. The child has parsed hostile bytes and may itself have become hostile, so the parent
// believes nothing: every length has a cap, every name a character set, every number a range, and what can be derived
// (extension, content type) is not the child's to say.
//
// Child to parent: a head of 5 bytes (kind, payload length), then the payload. Parent to child, once: a MediaJob (with
// the file's descriptor, if it has one); then for each ReadRequest a length and that many bytes.

enum class ReplyKind : std::uint8_t { read = 'R', facts = 'F', refusal = 'X' };

struct ReplyHead {
    ReplyKind kind = ReplyKind::read;
    std::uint32_t length = 0;
};

inline constexpr std::size_t reply_head_size = 5;
inline constexpr std::uint32_t max_read = 256 * 1024;
inline constexpr std::uint32_t max_jpeg = 1024 * 1024;
inline constexpr std::uint32_t max_small_jpeg = 128 * 1024;
inline constexpr int thumbnail_box = 640;
inline constexpr int small_thumbnail_box = 160;

struct ReadRequest {
    std::uint64_t offset = 0;
    std::uint32_t length = 0; // 1…max_read
};

struct MediaRefusal {
    MediaTrouble trouble = MediaTrouble::damaged;
    std::string detail; // a format's or codec's name, or ""
};

using MediaReply = std::variant<ReadRequest, MediaFacts, MediaRefusal>;

// Nothing when no child of ours would say that.
std::optional<ReplyHead> parse_reply_head(std::span<const std::byte, reply_head_size> bytes);
std::optional<MediaReply> parse_reply(ReplyKind kind, std::span<const std::byte> payload);

// The child's side: head and payload. Of MediaFacts, `extension` and `content_type` do not travel.
std::string write_reply(const MediaReply& reply);

struct MediaJob {
    std::uint64_t size = 0; // of the file
    std::uint64_t max_pixels = 0;
    bool has_descriptor = false;
};

inline constexpr std::size_t media_job_size = 17;
std::string write_job(const MediaJob& job);
std::optional<MediaJob> parse_job(std::span<const std::byte> bytes);

// In the place of a length in the answer to a ReadRequest: the source failed, and the child should end.
inline constexpr std::uint32_t read_failed = 0xffffffff;

} // namespace vitrina

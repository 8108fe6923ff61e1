#pragma once
#include "core/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// What Vimeo's answers say.

// Its API's version, which every request of the API names.
inline constexpr std::string_view vimeo_accept = "application/vnd.vimeo.*+json;version=3.4";

struct VimeoError {
    std::string code; // "4101"
    std::string words;
};
VimeoError vimeo_error(const HttpReply& reply);

// What any answer that is not the expected one means for whoever asked: Reconnect, Refused or Wait.
Step vimeo_trouble(const HttpReply& reply, Instant now);

// A number at the end of "/videos/123" or "/users/123"; "" for everything else.
std::string vimeo_id(std::string_view uri);

struct VimeoVideo {
    std::string id, link, name;
    std::string upload_link; // where its bytes go: an address of Vimeo's, or ""
    std::string upload, transcode; // "in_progress", "complete", "error"; "" where it is not said
    std::uint64_t size = 0;
    std::optional<Instant> created_at;
};
std::optional<VimeoVideo> vimeo_video(const HttpReply& reply);
// The person's last videos; nothing when the answer is no list.
std::optional<std::vector<VimeoVideo>> vimeo_videos(const HttpReply& reply);

// Of a tus server: how much it has. Nothing when it does not say, or no number.
std::optional<std::uint64_t> upload_offset(const HttpReply& reply);

} // namespace vitrina

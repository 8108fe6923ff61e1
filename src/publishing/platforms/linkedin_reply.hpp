#pragma once
#include "core/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// What LinkedIn's answers say.

struct LinkedinError {
    std::string code; // "EXPIRED_UPLOAD_URL", "65601"
    std::string words;
};
LinkedinError linkedin_error(const HttpReply& reply);

// What any answer that is not the expected one means for whoever asked: Reconnect, Refused or Wait.
Step linkedin_trouble(const HttpReply& reply, Instant now);

// "urn:li:share:123", "urn:li:video:C4D…": of such a kind, and nothing in it that does not belong into one.
bool is_linkedin_urn(std::string_view text, std::string_view kind);

// Of initializeUpload.
struct LinkedinPart {
    std::string url; // authorises by itself
    std::uint64_t first = 0, last = 0; // bytes of the file; the last one is in it
};
struct LinkedinUpload {
    std::string video, token;
    std::vector<LinkedinPart> parts; // they follow each other from the first byte to the last
};
// Nothing when the answer is none, or its parts do not make up `size` bytes.
std::optional<LinkedinUpload> linkedin_upload(const HttpReply& reply, std::uint64_t size);

struct LinkedinVideo {
    std::string status, failure;
};
std::optional<LinkedinVideo> linkedin_video(const HttpReply& reply);

// The id of the new post, from its header.
std::optional<std::string> linkedin_post(const HttpReply& reply);
// The post that a refusal as a duplicate names.
std::optional<std::string> linkedin_duplicate(const HttpReply& reply);
// Of an author's last posts, the newest that shows the video and how many do; nothing when the answer is no list.
struct LinkedinFound {
    int posts = 0;
    std::string urn;
};
std::optional<LinkedinFound> linkedin_posts_with(const HttpReply& reply, std::string_view video);
// Whether the post shows the video; nothing when it does not say.
std::optional<bool> linkedin_shows(const HttpReply& reply, std::string_view video);

} // namespace vitrina

#pragma once
#include "core/step.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// What becomes a post: filled, processed, then published once. It is there for 24 hours.
struct InstagramContainer {
    std::string id, url; // url: where the bytes go
};
std::optional<InstagramContainer> instagram_container(const HttpReply& reply, std::uint64_t size);

// Of GET /{container}?fields=status_code,status,video_status.
struct InstagramStatus {
    std::string code;  // "IN_PROGRESS", "FINISHED", "ERROR", "EXPIRED", "PUBLISHED"
    std::string words; // what it says of an error
};
std::optional<InstagramStatus> instagram_status(const HttpReply& reply);

// The id of what was published. Nothing when it is no such answer.
std::optional<std::string> instagram_media(const HttpReply& reply);
// Of GET /{media}?fields=permalink; "" while it is not known.
std::string instagram_link(const HttpReply& reply);

// Whether a post more would be too many. Nothing when the answer does not say.
std::optional<bool> is_instagram_full(const HttpReply& reply);

// In an account's last posts: those that say this and were made since then.
struct InstagramMatches {
    int posts = 0;
    std::string media; // of one of them
};
std::optional<InstagramMatches> instagram_posts_like(const HttpReply& reply, std::string_view caption, Instant since);

// The container is gone, and another one is as good.
bool is_instagram_container_gone(const HttpReply& reply);
// It was asked too early.
bool is_instagram_not_ready(const HttpReply& reply);

} // namespace vitrina

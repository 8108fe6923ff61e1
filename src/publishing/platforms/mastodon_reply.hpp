#pragma once
#include "core/step.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// What a server allows: from /api/v2/instance, Mastodon's own defaults for what it does not say.
struct MastodonLimits {
    std::int64_t characters = 500;
    std::int64_t characters_per_url = 23;
    std::int64_t video_bytes = 103'809'024;
    std::int64_t frame_rate = 120;
    std::int64_t pixels = 8'294'400;
    std::vector<std::string> types; // empty: not said
};
MastodonLimits mastodon_limits(const HttpReply& reply);

// A status, or an attached medium of one.
struct MastodonStatus {
    std::string id, url;
};
bool is_mastodon_status_id(std::string_view text);
std::optional<MastodonStatus> mastodon_status(const HttpReply& reply);
// In a list of statuses: the one that shows this medium.
std::optional<MastodonStatus> mastodon_status_with(const HttpReply& reply, const std::string& media);

// {"error":"…"}: only this is an answer of the API; anything else is some gateway's page.
std::string mastodon_error(const HttpReply& reply);

// What an error answer means for whoever asked: Reconnect, Refused or Wait.
Step mastodon_trouble(const HttpReply& reply, Instant now);

// As the server counts: every address counts the same, whatever its length.
std::int64_t mastodon_characters(std::string_view text, std::int64_t per_url);

} // namespace vitrina

#include "publishing/platforms/mastodon_reply.hpp"

#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>

namespace vitrina {
namespace {

void read(const ReplyJson& json, std::initializer_list<std::string_view> path, std::int64_t& limit)
{
    const auto* value = json.find(path);
    if (value && value->is_int64() && value->get_int64() > 0)
        limit = value->get_int64();
}

} // namespace

bool is_mastodon_status_id(std::string_view id)
{
    return !id.empty() && id.size() <= 64 &&
           std::ranges::all_of(id, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

MastodonLimits mastodon_limits(const HttpReply& reply)
{
    MastodonLimits limits;
    const ReplyJson json(reply.body);
    read(json, {"configuration", "statuses", "max_characters"}, limits.characters);
    read(json, {"configuration", "statuses", "characters_reserved_per_url"}, limits.characters_per_url);
    read(json, {"configuration", "media_attachments", "video_size_limit"}, limits.video_bytes);
    read(json, {"configuration", "media_attachments", "video_frame_rate_limit"}, limits.frame_rate);
    read(json, {"configuration", "media_attachments", "video_matrix_limit"}, limits.pixels);
    const auto* types = json.find({"configuration", "media_attachments", "supported_mime_types"});
    if (const auto* list = types ? types->if_array() : nullptr)
        for (const auto& type : *list)
            limits.types.push_back(json_text(&type));
    return limits;
}

std::optional<MastodonStatus> mastodon_status(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    MastodonStatus status{json.text({"id"}), json.text({"url"})};
    if (status.url.empty())
        status.url = json.text({"uri"});
    return is_mastodon_status_id(status.id) ? std::optional(status) : std::nullopt;
}

std::optional<MastodonStatus> mastodon_status_with(const HttpReply& reply, const std::string& media)
{
    const ReplyJson json(reply.body);
    for (std::size_t i = 0; i < json.size({}); ++i) {
        const std::string at = std::to_string(i);
        for (std::size_t k = 0; k < json.size({at, "media_attachments"}); ++k)
            if (json.text({at, "media_attachments", std::to_string(k), "id"}) == media &&
                is_mastodon_status_id(json.text({at, "id"})))
                return MastodonStatus{json.text({at, "id"}), json.text({at, "url"})};
    }
    return std::nullopt;
}

std::string mastodon_error(const HttpReply& reply)
{
    return ReplyJson(reply.body).text({"error"});
}

Step mastodon_trouble(const HttpReply& reply, Instant now)
{
    const std::string error = mastodon_error(reply);
    const std::string words = error.empty() ? "the server answered " + std::to_string(reply.status) : error;
    if (reply.status == 401)
        return Reconnect{"the server does not take the access token"};
    if (reply.status == 429)
        return Wait{Wait::Kind::rate_limited, asked_to_wait_until(reply, now), "the server asks to slow down"};
    if (reply.status == 403)
        return Refused{Refused::Kind::not_permitted, "403", words};
    if (reply.status < 400 || reply.status >= 500 || reply.status == 408)
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    return Refused{Refused::Kind::invalid_content, std::to_string(reply.status), words};
}

std::int64_t mastodon_characters(std::string_view text, std::int64_t per_url)
{
    std::int64_t count = 0;
    while (!text.empty()) {
        const std::size_t at = std::min(text.find("http://"), text.find("https://"));
        count += std::int64_t(characters(text.substr(0, at)));
        if (at == text.npos)
            break;
        text.remove_prefix(at);
        text.remove_prefix(std::min(text.find_first_of(" \t\r\n"), text.size()));
        count += per_url;
    }
    return count;
}

} // namespace vitrina

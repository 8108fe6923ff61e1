#include "publishing/platforms/peertube_reply.hpp"

#include "core/clock.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

bool is_plain(std::string_view text, std::size_t longest)
{
    return !text.empty() && text.size() <= longest && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
}

std::int64_t number(const boost::json::value* value)
{
    return value && value->is_int64() ? value->get_int64() : 0;
}

// Of one JSON object; nothing without ids that may go into an address.
std::optional<PeertubeVideo> read_video(const boost::json::value* value)
{
    if (!value)
        return std::nullopt;
    PeertubeVideo video;
    video.uuid = json_text(json_member(*value, "uuid"));
    video.short_uuid = json_text(json_member(*value, "shortUUID"));
    if (!is_peertube_video_id(video.uuid) || !is_peertube_video_id(video.short_uuid))
        return std::nullopt;
    video.name = json_text(json_member(*value, "name"));
    video.duration = number(json_member(*value, "duration"));
    if (const auto* state = json_member(*value, "state"))
        video.state = number(json_member(*state, "id"));
    video.created_at = parse_iso_time(json_text(json_member(*value, "createdAt")));
    const auto* blacklisted = json_member(*value, "blacklisted");
    video.waits_for_moderator = blacklisted && blacklisted->is_bool() && blacklisted->get_bool();
    return video;
}

} // namespace

bool is_peertube_video_id(std::string_view text)
{
    return is_plain(text, 64);
}

PeertubeError peertube_error(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    PeertubeError error{json.text({"code"}), json.text({"detail"})};
    if (error.words.empty())
        error.words = json.text({"error"});
    return error;
}

Step peertube_trouble(const HttpReply& reply, Instant now)
{
    const auto [code, said] = peertube_error(reply);
    const std::string words = said.empty() ? "the server answered " + std::to_string(reply.status) : said;
    if (code == "quota_reached")
        return Wait{Wait::Kind::quota, now + 24h, "the user's video quota on the server is used up"};
    if (reply.status == 429)
        return Wait{Wait::Kind::rate_limited, asked_to_wait_until(reply, now), "the server asks to slow down"};
    if (reply.status == 401)
        return Reconnect{"the server does not take the access token"};
    // A gateway's page instead of an answer of the API says nothing about the video.
    const bool said_no = reply.status >= 400 && reply.status < 500 && reply.status != 408 && !(code + said).empty();
    if (!said_no)
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    return Refused{reply.status == 403 ? Refused::Kind::not_permitted : Refused::Kind::invalid_content,
                   code.empty() ? std::to_string(reply.status) : code, words};
}

std::optional<std::string> peertube_upload_id(const HttpReply& reply)
{
    constexpr std::string_view name = "upload_id=";
    std::string_view text = reply.header("Location");
    const std::size_t query = text.find('?');
    if (query == text.npos)
        return std::nullopt;
    text.remove_prefix(query + 1);
    for (std::size_t end = text.find('&'); !text.starts_with(name) && end != text.npos; end = text.find('&'))
        text.remove_prefix(end + 1);
    if (!text.starts_with(name))
        return std::nullopt;
    text = text.substr(name.size(), text.find_first_of("&#") - name.size());
    return is_plain(text, 200) ? std::optional(std::string(text)) : std::nullopt;
}

std::optional<PeertubeVideo> peertube_finished(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    return reply.status == 200 ? read_video(json.find({"video"})) : std::nullopt;
}

std::optional<PeertubeVideo> peertube_video(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    return reply.status == 200 ? read_video(json.find({})) : std::nullopt;
}

std::optional<std::vector<PeertubeVideo>> peertube_videos(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const auto* data = json.find({"data"});
    if (reply.status != 200 || !data || !data->is_array())
        return std::nullopt;
    std::vector<PeertubeVideo> videos;
    for (const boost::json::value& one : data->get_array())
        if (auto video = read_video(&one))
            videos.push_back(*std::move(video));
    return videos;
}

std::vector<PeertubeChannel> peertube_channels(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    std::vector<PeertubeChannel> channels;
    for (std::size_t i = 0; i < json.size({"videoChannels"}); ++i) {
        const std::string at = std::to_string(i);
        std::string id = json.text({"videoChannels", at, "id"});
        std::string name = json.text({"videoChannels", at, "displayName"});
        if (name.empty())
            name = json.text({"videoChannels", at, "name"});
        if (is_numeric_id(id))
            channels.push_back({std::move(id), std::move(name)});
    }
    return channels;
}

} // namespace vitrina

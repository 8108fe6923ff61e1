#include "publishing/platforms/vimeo_reply.hpp"

#include "core/clock.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/waiting.hpp"

#include <charconv>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// Bytes go to Vimeo's own upload hosts and nowhere else.
bool is_upload_link(std::string_view text)
{
    const auto address = parse_post_address(text);
    return address && address->host.ends_with(".vimeo.com");
}

std::string text_at(const boost::json::value& value, std::string_view outer, std::string_view inner)
{
    const auto* found = json_member(value, outer);
    return found ? json_text(json_member(*found, inner)) : std::string();
}

std::optional<VimeoVideo> read_video(const boost::json::value& value)
{
    VimeoVideo video;
    video.id = vimeo_id(json_text(json_member(value, "uri")));
    if (video.id.empty())
        return std::nullopt;
    video.link = json_text(json_member(value, "link"));
    video.name = json_text(json_member(value, "name"));
    video.upload_link = text_at(value, "upload", "upload_link");
    if (!is_upload_link(video.upload_link))
        video.upload_link.clear();
    video.upload = text_at(value, "upload", "status");
    video.transcode = text_at(value, "transcode", "status");
    video.created_at = parse_iso_time(json_text(json_member(value, "created_time")));
    const std::string size = text_at(value, "upload", "size");
    std::from_chars(size.data(), size.data() + size.size(), video.size);
    return video;
}

} // namespace

VimeoError vimeo_error(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    VimeoError error{json.text({"error_code"}), json.text({"error"})};
    if (error.words.empty())
        error.words = json.text({"developer_message"});
    return error;
}

Step vimeo_trouble(const HttpReply& reply, Instant now)
{
    const auto [code, said] = vimeo_error(reply);
    const std::string words = said.empty() ? "Vimeo answered " + std::to_string(reply.status) : said;
    if (code == "4101" || code == "4102")
        return Wait{Wait::Kind::quota, now + 24h, "the account's upload quota at Vimeo is used up"};
    if (reply.status == 429)
        return Wait{Wait::Kind::rate_limited, asked_to_wait_until(reply, now), "Vimeo asks to slow down"};
    if (reply.status == 401)
        return Reconnect{"Vimeo does not take the access token"};
    // A gateway's page instead of an answer of the API says nothing about the video.
    const bool said_no = reply.status >= 400 && reply.status < 500 && reply.status != 408 && !(code + said).empty();
    if (!said_no)
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    return Refused{reply.status == 403 ? Refused::Kind::not_permitted : Refused::Kind::invalid_content,
                   code.empty() ? std::to_string(reply.status) : code, words};
}

std::string vimeo_id(std::string_view uri)
{
    const std::string_view id = uri.substr(uri.rfind('/') + 1);
    // "/videos/123:hash" of what is unlisted
    const std::string_view digits = id.substr(0, id.find(':'));
    return uri.starts_with('/') && is_numeric_id(digits) ? std::string(digits) : std::string();
}

std::optional<VimeoVideo> vimeo_video(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const bool is_ok = reply.status == 200 || reply.status == 201;
    return is_ok ? read_video(*json.find({})) : std::nullopt;
}

std::optional<std::vector<VimeoVideo>> vimeo_videos(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const auto* data = json.find({"data"});
    if (reply.status != 200 || !data || !data->is_array())
        return std::nullopt;
    std::vector<VimeoVideo> videos;
    for (const boost::json::value& one : data->get_array())
        if (auto video = read_video(one))
            videos.push_back(*std::move(video));
    return videos;
}

std::optional<std::uint64_t> upload_offset(const HttpReply& reply)
{
    const std::string_view text = reply.header("Upload-Offset");
    std::uint64_t offset = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
    const bool is_number = !text.empty() && error == std::errc{} && end == text.data() + text.size();
    return is_number ? std::optional(offset) : std::nullopt;
}

} // namespace vitrina

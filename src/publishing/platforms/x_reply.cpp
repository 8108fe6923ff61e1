#include "publishing/platforms/x_reply.hpp"

#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <charconv>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr auto seconds_in_a_day = std::chrono::seconds(24h).count();

// X spells its header in its own way: x-rate-limit-reset, seconds since 1970.
std::optional<Instant> limit_ends(const HttpReply& reply, Instant now)
{
    const std::string_view text = reply.header("x-rate-limit-reset");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size())
        return asked_to_wait_until(reply, now);
    const auto in_seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    return now + std::chrono::seconds(std::clamp<std::int64_t>(seconds - in_seconds, 1, seconds_in_a_day));
}

std::string first_text(const ReplyJson& json, std::initializer_list<std::initializer_list<std::string_view>> paths)
{
    for (const auto& path : paths)
        if (std::string text = json.text(path); !text.empty())
            return text;
    return {};
}

std::int64_t pause(const ReplyJson& json)
{
    const auto* value = json.find({"data", "processing_info", "check_after_secs"});
    const std::int64_t seconds = value && value->is_int64() ? value->get_int64() : 0;
    return std::clamp<std::int64_t>(seconds, 2, 600);
}

} // namespace

XError x_error(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    std::string kind = first_text(json, {{"type"}, {"errors", "0", "type"}, {"code"}, {"errors", "0", "code"}});
    kind.erase(0, kind.rfind('/') + 1);
    // A problem's "detail" may only say that something is wrong, and its errors what.
    std::string words = first_text(json, {{"errors", "0", "message"},
                                          {"errors", "0", "detail"},
                                          {"detail"},
                                          {"message"},
                                          {"title"},
                                          {"errors", "0", "title"}});
    return {std::move(kind), std::move(words)};
}

bool is_x_ok(const HttpReply& reply)
{
    return reply.status >= 200 && reply.status < 300 && ReplyJson(reply.body).find({"data"});
}

bool is_x_duplicate(const HttpReply& reply)
{
    const std::string words = x_error(reply).words;
    return reply.status == 403 && words.find("uplicate content") != words.npos;
}

bool is_x_medium_refused(const HttpReply& reply)
{
    const std::string words = x_error(reply).words;
    return reply.status == 400 && (words.find("media") != words.npos || words.find("Media") != words.npos);
}

Step x_trouble(const HttpReply& reply, Instant now)
{
    const auto [kind, said] = x_error(reply);
    const std::string words = said.empty() ? "X answered " + std::to_string(reply.status) : said;
    if (kind == "usage-capped" || reply.status == 402)
        return Wait{Wait::Kind::quota, now + 24h, "the app's credits at X, or its monthly cap, are used up: " + words};
    if (reply.status == 429)
        return Wait{Wait::Kind::rate_limited, limit_ends(reply, now), "X asks to slow down"};
    if (reply.status == 401)
        return Reconnect{"X does not take the access token"};
    const bool said_no = reply.status >= 400 && reply.status < 500 && reply.status != 408 && !(kind + said).empty();
    if (!said_no)
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    const bool forbidden = reply.status == 403;
    return Refused{forbidden ? Refused::Kind::not_permitted : Refused::Kind::invalid_content,
                   kind.empty() ? std::to_string(reply.status) : kind, words};
}

std::optional<XMedia> x_media(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    XMedia media;
    media.id = json.text({"data", "id"});
    if (!is_x_ok(reply) || !is_numeric_id(media.id))
        return std::nullopt;
    if (!json.find({"data", "processing_info"}))
        return media;
    const std::string state = json.text({"data", "processing_info", "state"});
    // X has been seen to say "in_progress" of what has failed.
    const bool failed = state == "failed" || json.find({"data", "processing_info", "error"});
    media.state = failed                 ? XMedia::State::failed
                  : state == "succeeded" ? XMedia::State::ready
                                         : XMedia::State::processing;
    media.look_after = pause(json);
    media.why = first_text(json, {{"data", "processing_info", "error", "message"},
                                  {"data", "processing_info", "error", "detail"},
                                  {"data", "processing_info", "error", "name"}});
    return media;
}

std::optional<std::string> x_post_id(const HttpReply& reply)
{
    std::string id = ReplyJson(reply.body).text({"data", "id"});
    return is_x_ok(reply) && is_numeric_id(id) ? std::optional(std::move(id)) : std::nullopt;
}

XFound x_posts_with(const HttpReply& reply, std::string_view media)
{
    const ReplyJson json(reply.body);
    XFound found;
    for (std::size_t i = 0; i < json.size({"data"}); ++i) {
        const std::string at = std::to_string(i);
        for (std::size_t k = 0; k < json.size({"data", at, "attachments", "media_keys"}); ++k) {
            // "13_" and the medium's id
            const std::string key = json.text({"data", at, "attachments", "media_keys", std::to_string(k)});
            std::string id = json.text({"data", at, "id"});
            if (key.substr(key.find('_') + 1) != media || !is_numeric_id(id))
                continue;
            if (found.posts++ == 0)
                found.id = std::move(id);
            break;
        }
    }
    return found;
}

} // namespace vitrina

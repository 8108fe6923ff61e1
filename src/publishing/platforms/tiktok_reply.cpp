#include "publishing/platforms/tiktok_reply.hpp"

#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

template <std::size_t N>
bool is_one_of(const std::string& code, const std::array<std::string_view, N>& codes)
{
    return std::ranges::find(codes, code) != codes.end();
}

constexpr std::array<std::string_view, 2> without_permission{"scope_not_authorized", "scope_permission_missed"};
constexpr std::array<std::string_view, 2> not_permitted{"unaudited_client_can_only_post_to_private_accounts",
                                                        "url_ownership_unverified"};

bool yes(const ReplyJson& json, std::string_view name)
{
    const auto* value = json.find({"data", name});
    return value && value->is_bool() && value->get_bool();
}

std::optional<std::int64_t> positive(const ReplyJson& json, std::initializer_list<std::string_view> path)
{
    const auto* value = json.find(path);
    return value && value->is_int64() && value->get_int64() > 0 ? std::optional(value->get_int64()) : std::nullopt;
}

std::optional<std::chrono::seconds> lifetime(const ReplyJson& json, std::string_view name)
{
    constexpr std::int64_t year = 365 * 86'400;
    const auto seconds = positive(json, {name});
    return seconds ? std::optional(std::chrono::seconds(std::min(*seconds, year))) : std::nullopt;
}

bool is_username(std::string_view text)
{
    return !text.empty() && text.size() <= 64 &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.'; });
}

bool is_publish_id(std::string_view text)
{
    return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '~';
    });
}

// It is kept as JSON and sent as it is: printable ASCII, or it is no address.
bool is_upload_address(std::string_view text)
{
    return text.starts_with("https://") && text.size() <= 4096 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_post_number(std::string_view text)
{
    return !text.empty() && text.size() <= 20 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string tiktok_code(const HttpReply& reply)
{
    return ReplyJson(reply.body).text({"error", "code"});
}

bool is_tiktok_ok(const HttpReply& reply)
{
    return reply.status == 200 && tiktok_code(reply) == "ok";
}

Step tiktok_trouble(const HttpReply& reply, Instant now)
{
    const std::string code = tiktok_code(reply);
    const std::string message = ReplyJson(reply.body).text({"error", "message"});
    const std::string words = !message.empty() ? message
                              : code.empty()   ? "TikTok answered " + std::to_string(reply.status)
                                               : "TikTok answered \"" + code + "\"";

    if (code == "spam_risk_too_many_posts")
        return Wait{Wait::Kind::quota, now + 24h, "the account has reached TikTok's limit of posts in a day"};
    if (code == "spam_risk_too_many_pending_share")
        return Wait{
            Wait::Kind::quota, now + 24h,
            "five drafts wait in the account's inbox: TikTok takes no more until they are posted or thrown away"};
    if (code == "reached_active_user_cap")
        return Wait{Wait::Kind::quota, now + 24h,
                    "this app has reached the number of people whom TikTok lets use it in a day"};
    if (code == "rate_limit_exceeded" || reply.status == 429)
        return Wait{Wait::Kind::rate_limited, asked_to_wait_until(reply, now), "TikTok asks to slow down"};
    if (is_one_of(code, without_permission))
        return Reconnect{"the account was connected without the permission that this needs"};
    if (code == "access_token_invalid" || reply.status == 401)
        return Reconnect{"TikTok does not take the access token"};
    if (is_one_of(code, not_permitted) || code.starts_with("spam_risk"))
        return Refused{Refused::Kind::not_permitted, code, words};
    // A gateway's page instead of an answer of the API says nothing about the video; an "ok" with another status, or
    // without what was asked for, says nothing that can be understood.
    if (code.empty() || code == "ok" || code == "internal_error" || reply.status >= 500)
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    return Refused{Refused::Kind::invalid_content, code, words};
}

TiktokCreator tiktok_creator(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    TiktokCreator creator;
    if (std::string name = json.text({"data", "creator_username"}); is_username(name))
        creator.username = std::move(name);
    for (std::size_t i = 0; i < json.size({"data", "privacy_level_options"}); ++i)
        creator.privacy_levels.push_back(json.text({"data", "privacy_level_options", std::to_string(i)}));
    creator.comment_disabled = yes(json, "comment_disabled");
    creator.duet_disabled = yes(json, "duet_disabled");
    creator.stitch_disabled = yes(json, "stitch_disabled");
    creator.longest = std::chrono::seconds(
        std::min<std::int64_t>(positive(json, {"data", "max_video_post_duration_sec"}).value_or(0), 86'400));
    return creator;
}

std::optional<TiktokTask> tiktok_task(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    TiktokTask task{json.text({"data", "publish_id"}), json.text({"data", "upload_url"})};
    const bool usable = is_publish_id(task.publish_id) && is_upload_address(task.upload_url);
    return usable ? std::optional(std::move(task)) : std::nullopt;
}

TiktokStatus tiktok_status(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    TiktokStatus status{json.text({"data", "status"}), json.text({"data", "fail_reason"}), {}, {}};
    // TikTok spells it the first way.
    for (const char* name : {"publicaly_available_post_id", "publicly_available_post_id"})
        if (std::string number = json.text({"data", name, "0"}); is_post_number(number))
            status.post = std::move(number);
    const auto* uploaded = json.find({"data", "uploaded_bytes"});
    if (uploaded && uploaded->is_int64() && uploaded->get_int64() >= 0)
        status.uploaded = std::uint64_t(uploaded->get_int64());
    return status;
}

std::optional<std::uint64_t> tiktok_stored(const HttpReply& reply, std::uint64_t total)
{
    std::string_view range = reply.header("Content-Range");
    const std::string of_total = "/" + std::to_string(total);
    if (!range.starts_with("bytes 0-") || !range.ends_with(of_total))
        return std::nullopt;
    range.remove_prefix(8);
    if (range.size() <= of_total.size())
        return std::nullopt;
    range.remove_suffix(of_total.size());
    std::uint64_t last = 0;
    const auto [end, error] = std::from_chars(range.data(), range.data() + range.size(), last);
    const bool whole = error == std::errc{} && end == range.data() + range.size() && last < total;
    return whole ? std::optional(last + 1) : std::nullopt;
}

std::optional<TiktokTokens> tiktok_tokens(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    std::string access = json.text({"access_token"});
    if (reply.status != 200 || access.empty())
        return std::nullopt;
    return TiktokTokens{Secret(std::move(access)),    Secret(json.text({"refresh_token"})),
                        json.text({"open_id"}),       json.text({"scope"}),
                        lifetime(json, "expires_in"), lifetime(json, "refresh_expires_in")};
}

} // namespace vitrina

#include "publishing/platforms/youtube_reply.hpp"

#include "core/time_zone.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

template <std::size_t N>
bool is_one_of(const std::string& reason, const std::array<std::string_view, N>& reasons)
{
    return std::ranges::find(reasons, reason) != reasons.end();
}

constexpr std::string_view where_days_end = "America/Los_Angeles"; // Google's quotas
constexpr std::array<std::string_view, 2> daily{"quotaExceeded", "dailyLimitExceeded"};
constexpr std::array<std::string_view, 2> rate{"rateLimitExceeded", "userRateLimitExceeded"};
constexpr std::array<std::string_view, 4> not_permitted{
    "youtubeSignupRequired", "forbidden", "authenticatedUserAccountSuspended", "authenticatedUserAccountClosed"};

} // namespace

YoutubeError youtube_error(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    YoutubeError error{json.text({"error", "errors", "0", "reason"}), json.text({"error", "message"})};
    if (error.reason.empty())
        error.reason = json.text({"error", "status"});
    return error;
}

Step youtube_trouble(const HttpReply& reply, Instant now)
{
    const auto [reason, message] = youtube_error(reply);
    const std::string words = !message.empty() ? message : "YouTube answered " + std::to_string(reply.status);

    if (is_one_of(reason, daily))
        return Wait{Wait::Kind::quota, next_midnight(now, where_days_end),
                    "YouTube's daily quota of this project is used up"};
    if (reason == "uploadLimitExceeded")
        return Wait{Wait::Kind::quota, now + 24h, "the channel has reached YouTube's limit of uploads"};
    if (is_one_of(reason, rate) || reply.status == 429)
        return Wait{Wait::Kind::rate_limited, asked_to_wait_until(reply, now), "YouTube asks to slow down"};
    if (is_one_of(reason, not_permitted))
        return Refused{Refused::Kind::not_permitted, reason, words};
    if (reply.status == 401 || reason == "authError" || reason == "UNAUTHENTICATED")
        return Reconnect{"YouTube does not take the access token"};
    if (reason == "insufficientPermissions")
        return Reconnect{"the account was connected without the permission that this needs"};
    // A gateway's page instead of an answer of the API says nothing about the video.
    const bool gateway = reply.status == 408 || reply.status == 413 || reply.status == 425;
    if (reply.status < 400 || reply.status >= 500 || gateway || reason == "backendError")
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    return Refused{Refused::Kind::invalid_content, reason.empty() ? std::to_string(reply.status) : reason, words};
}

std::optional<YoutubeVideo> youtube_video(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    if (json.size({"items"}) == 0)
        return std::nullopt;
    YoutubeVideo video{json.text({"items", "0", "status", "uploadStatus"}),
                       json.text({"items", "0", "status", "privacyStatus"}),
                       json.text({"items", "0", "status", "failureReason"})};
    if (video.failure.empty())
        video.failure = json.text({"items", "0", "status", "rejectionReason"});
    return video;
}

bool is_youtube_video_id(std::string_view text)
{
    return !text.empty() && text.size() <= 64 &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

std::string youtube_video_id(const HttpReply& reply)
{
    std::string id = ReplyJson(reply.body).text({"id"});
    return is_youtube_video_id(id) ? id : std::string();
}

} // namespace vitrina

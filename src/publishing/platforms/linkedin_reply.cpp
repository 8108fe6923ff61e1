#include "publishing/platforms/linkedin_reply.hpp"

#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <array>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 2> post_kinds{"share", "ugcPost"};
constexpr std::size_t most_parts = 1000;

bool is_post(std::string_view urn)
{
    return std::ranges::any_of(post_kinds, [urn](std::string_view kind) { return is_linkedin_urn(urn, kind); });
}

std::int64_t number(const boost::json::value* value)
{
    return value && value->is_int64() ? value->get_int64() : -1;
}

bool is_address(std::string_view text)
{
    return text.starts_with("https://") && text.size() <= 4096 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

} // namespace

LinkedinError linkedin_error(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    LinkedinError error{json.text({"code"}), json.text({"message"})};
    if (error.code.empty())
        error.code = json.text({"serviceErrorCode"});
    return error;
}

Step linkedin_trouble(const HttpReply& reply, Instant now)
{
    const auto [code, said] = linkedin_error(reply);
    const std::string words = said.empty() ? "LinkedIn answered " + std::to_string(reply.status) : said;
    if (reply.status == 401)
        return Reconnect{"LinkedIn does not take the access token"};
    if (reply.status == 426 || code == "NONEXISTENT_VERSION")
        return Wait{Wait::Kind::quota, now + 24h,
                    "LinkedIn does not know this version of its API any more: Vitrina has to be brought up to date"};
    if (reply.status == 429) // it says neither how many nor until when
        return Wait{Wait::Kind::rate_limited, now + 15min, "LinkedIn's limit for this app or person is reached"};
    // A gateway's page instead of an answer of the API says nothing about the post.
    const bool said_no = reply.status >= 400 && reply.status < 500 && reply.status != 408 && !(code + said).empty();
    if (!said_no)
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, now), words};
    return Refused{reply.status == 403 ? Refused::Kind::not_permitted : Refused::Kind::invalid_content,
                   code.empty() ? std::to_string(reply.status) : code, words};
}

bool is_linkedin_urn(std::string_view text, std::string_view kind)
{
    const std::string start = "urn:li:" + std::string(kind) + ":";
    if (!text.starts_with(start) || text.size() <= start.size() || text.size() > 200)
        return false;
    return std::ranges::all_of(text.substr(start.size()), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
}

std::optional<LinkedinUpload> linkedin_upload(const HttpReply& reply, std::uint64_t size)
{
    const ReplyJson json(reply.body);
    LinkedinUpload upload{json.text({"value", "video"}), json.text({"value", "uploadToken"}), {}};
    const std::size_t count = json.size({"value", "uploadInstructions"});
    if (reply.status != 200 || !is_linkedin_urn(upload.video, "video") || count == 0 || count > most_parts)
        return std::nullopt;
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string at = std::to_string(i);
        LinkedinPart part{json.text({"value", "uploadInstructions", at, "uploadUrl"})};
        const std::int64_t first = number(json.find({"value", "uploadInstructions", at, "firstByte"}));
        const std::int64_t last = number(json.find({"value", "uploadInstructions", at, "lastByte"}));
        const bool follows = first >= 0 && std::uint64_t(first) == next && last >= first && next < size;
        if (!follows || !is_address(part.url))
            return std::nullopt;
        part.first = next;
        part.last = std::min(std::uint64_t(last), size - 1); // the last one may reach beyond the file
        next = part.last + 1;
        upload.parts.push_back(std::move(part));
    }
    return next == size ? std::optional(std::move(upload)) : std::nullopt;
}

std::optional<LinkedinVideo> linkedin_video(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    LinkedinVideo video{json.text({"status"}), json.text({"processingFailureReason"})};
    return reply.status == 200 && !video.status.empty() ? std::optional(std::move(video)) : std::nullopt;
}

std::optional<std::string> linkedin_post(const HttpReply& reply)
{
    std::string urn(reply.header("x-restli-id"));
    return reply.status == 201 && is_post(urn) ? std::optional(std::move(urn)) : std::nullopt;
}

std::optional<std::string> linkedin_duplicate(const HttpReply& reply)
{
    const std::string words = linkedin_error(reply).words;
    if (reply.status != 422 || words.find("uplicate") == words.npos)
        return std::nullopt;
    const std::size_t at = words.find("urn:li:");
    if (at == words.npos)
        return std::string();
    const std::string_view rest = std::string_view(words).substr(at);
    const std::string_view urn = rest.substr(0, rest.find_first_of(" \t\r\n,;\"')"));
    const std::string_view clean = urn.substr(0, urn.find_last_not_of('.') + 1);
    return is_post(clean) ? std::string(clean) : std::string();
}

std::optional<LinkedinFound> linkedin_posts_with(const HttpReply& reply, std::string_view video)
{
    const ReplyJson json(reply.body);
    const auto* elements = json.find({"elements"});
    if (reply.status != 200 || !elements || !elements->is_array())
        return std::nullopt;
    LinkedinFound found;
    for (std::size_t i = 0; i < elements->get_array().size(); ++i) {
        const std::string at = std::to_string(i);
        std::string urn = json.text({"elements", at, "id"});
        if (json.text({"elements", at, "content", "media", "id"}) == video && is_post(urn) && found.posts++ == 0)
            found.urn = std::move(urn);
    }
    return found;
}

std::optional<bool> linkedin_shows(const HttpReply& reply, std::string_view video)
{
    const std::string shown = ReplyJson(reply.body).text({"content", "media", "id"});
    return reply.status == 200 && !shown.empty() ? std::optional(shown == video) : std::nullopt;
}

} // namespace vitrina

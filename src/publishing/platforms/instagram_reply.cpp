#include "publishing/platforms/instagram_reply.hpp"

#include "publishing/platforms/meta_reply.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/reply_json.hpp"

namespace vitrina {
namespace {

using namespace std::chrono_literals;

bool has_subcode(const HttpReply& reply, std::initializer_list<std::int64_t> subcodes)
{
    const auto error = meta_error(reply);
    for (const std::int64_t subcode : subcodes)
        if (error && error->subcode == subcode)
            return true;
    return false;
}

// "2026-11-27T10:00:00+0000": RFC 3339 but for the colon.
std::optional<Instant> time_of(std::string text)
{
    if (text.ends_with("+0000"))
        text.replace(text.size() - 5, 5, "Z");
    return parse_iso_time(text);
}

std::optional<std::int64_t> whole_number(const boost::json::value* value)
{
    return value && value->is_int64() ? std::optional(value->get_int64()) : std::nullopt;
}

} // namespace

std::optional<InstagramContainer> instagram_container(const HttpReply& reply, std::uint64_t size)
{
    const ReplyJson json(reply.body);
    InstagramContainer container{json.text({"id"}), json.text({"uri"})};
    const bool usable = reply.status == 200 && is_numeric_id(container.id) && rupload(container.url, 0, size);
    return usable ? std::optional(std::move(container)) : std::nullopt;
}

std::optional<InstagramStatus> instagram_status(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    InstagramStatus status{json.text({"status_code"}), json.text({"status"})};
    return reply.status == 200 && !status.code.empty() ? std::optional(std::move(status)) : std::nullopt;
}

std::optional<std::string> instagram_media(const HttpReply& reply)
{
    std::string id = ReplyJson(reply.body).text({"id"});
    return reply.status == 200 && is_numeric_id(id) ? std::optional(std::move(id)) : std::nullopt;
}

std::string instagram_link(const HttpReply& reply)
{
    std::string link = ReplyJson(reply.body).text({"permalink"});
    return reply.status == 200 && link.starts_with("https://") ? link : std::string();
}

std::optional<bool> is_instagram_full(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const auto used = whole_number(json.find({"data", "0", "quota_usage"}));
    const auto total = whole_number(json.find({"data", "0", "config", "quota_total"}));
    return reply.status == 200 && used && total ? std::optional(*used >= *total) : std::nullopt;
}

std::optional<InstagramMatches> instagram_posts_like(const HttpReply& reply, std::string_view caption, Instant since)
{
    const ReplyJson json(reply.body);
    const auto* data = json.find({"data"});
    if (reply.status != 200 || !data || !data->is_array())
        return std::nullopt;
    InstagramMatches matches;
    for (std::size_t i = 0; i < json.size({"data"}); ++i) {
        const std::string at = std::to_string(i);
        const auto made = time_of(json.text({"data", at, "timestamp"}));
        // Their clock and ours may differ by a little.
        const bool ours = json.text({"data", at, "caption"}) == caption && made && *made >= since - 2min;
        if (!ours || !is_numeric_id(json.text({"data", at, "id"})))
            continue;
        ++matches.posts;
        matches.media = json.text({"data", at, "id"});
    }
    return matches;
}

bool is_instagram_container_gone(const HttpReply& reply)
{
    return has_subcode(reply, {2207006, 2207008, 2207020});
}

bool is_instagram_not_ready(const HttpReply& reply)
{
    const auto error = meta_error(reply);
    return error && (error->subcode == 2207027 || error->code == 9007);
}

} // namespace vitrina

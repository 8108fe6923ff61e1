#include "sandbox/youtube_video.hpp"

#include "sandbox/checks.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr std::array rejections{
    "copyright", "inappropriate",         "duplicate", "termsOfUse", "uploaderAccountSuspended", "length",
    "claim",     "uploaderAccountClosed", "trademark", "legal"};

json::object status_of(const Post& video, Instant now)
{
    const json::object details = json::parse(video.details).as_object();
    json::object status = details.at("status").as_object();
    status["privacyStatus"] = published_privacy(video, now);
    if (status.contains("publishAt") && status["privacyStatus"] == "public")
        status.erase("publishAt");
    if (now < video.ready)
        status["uploadStatus"] = "uploaded";
    else if (video.failure.empty())
        status["uploadStatus"] = "processed";
    else {
        const bool rejected = std::find(rejections.begin(), rejections.end(), video.failure) != rejections.end();
        status["uploadStatus"] = rejected ? "rejected" : "failed";
        status[rejected ? "rejectionReason" : "failureReason"] = video.failure;
    }
    return status;
}

json::object processing_of(const Post& video, Instant now)
{
    if (now >= video.ready)
        return {{"processingStatus", video.failure.empty() ? "succeeded" : "failed"}};
    const auto whole = std::max<std::int64_t>(1, (video.ready - video.accepted).count());
    const auto done = 100 * (now - video.accepted).count() / whole;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(video.ready - now).count();
    // Google writes 64-bit numbers as strings.
    return {{"processingStatus", "processing"},
            {"processingProgress",
             {{"partsTotal", "100"}, {"partsProcessed", std::to_string(done)}, {"timeLeftMs", std::to_string(left)}}}};
}

} // namespace

std::vector<std::string> split_commas(std::string_view text)
{
    std::vector<std::string> parts;
    for (std::size_t comma = 0; comma != text.npos; text.remove_prefix(comma + 1)) {
        comma = text.find(',');
        parts.emplace_back(text.substr(0, comma));
        if (comma == text.npos)
            break;
    }
    return parts;
}

std::vector<std::string> require_parts(const Call& call, std::initializer_list<std::string_view> known)
{
    auto parts = split_commas(require_query(call, "part"));
    for (const std::string& part : parts)
        if (std::find(known.begin(), known.end(), part) == known.end())
            throw Refusal{400, "unknownPart", "'" + part + "'", "part"};
    return parts;
}

bool names_part(const std::vector<std::string>& parts, std::string_view part)
{
    return std::find(parts.begin(), parts.end(), part) != parts.end();
}

std::size_t page_number(const Call& call, std::string_view parameter, std::size_t otherwise, std::size_t least,
                        std::size_t most)
{
    const auto text = call.request.query_value(parameter);
    if (!text)
        return otherwise;
    std::size_t number = 0;
    const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc{} || stop != text->data() + text->size() || number < least || number > most)
        throw Refusal{400, "invalidValue", "Invalid value for " + std::string(parameter) + ".", std::string(parameter)};
    return number;
}

json::object list_answer(std::string_view kind, json::array items)
{
    const std::size_t count = items.size();
    return {{"kind", kind},
            {"pageInfo", {{"totalResults", count}, {"resultsPerPage", count}}},
            {"items", std::move(items)}};
}

bool is_audited(const Account& account)
{
    return is_set(account, "audited", true);
}

bool has_channel(const Account& account)
{
    return is_set(account, "channel", true);
}

std::string uploads_playlist(const Account& account)
{
    return "UU" + account.id.substr(2);
}

void describe(Post& video, const json::object& body, bool audited)
{
    json::object details = json::parse(video.details).as_object();
    const auto member = [&](std::string_view name) {
        const json::value* part = body.if_contains(name);
        return part ? part->as_object() : json::object();
    };
    if (body.contains("snippet") || !details.contains("snippet"))
        details["snippet"] = member("snippet");
    if (body.contains("status") || !details.contains("status"))
        details["status"] = member("status");
    json::object& snippet = details["snippet"].as_object();
    json::object& status = details["status"].as_object();
    if (!snippet.contains("categoryId"))
        snippet["categoryId"] = "22";
    if (!status.contains("privacyStatus"))
        status["privacyStatus"] = "public";
    if (!audited)
        status["privacyStatus"] = "private";
    video.title = text_of(snippet, "title");
    video.text = text_of(snippet, "description");
    video.privacy = text_of(status, "privacyStatus");
    video.details = json::serialize(details);
}

std::string published_privacy(const Post& video, Instant now)
{
    const json::object details = json::parse(video.details).as_object();
    const auto publish_at = parse_iso_time(text_of(details.at("status").as_object(), "publishAt"));
    return publish_at && *publish_at <= now ? "public" : video.privacy;
}

json::object video_resource(const Post& video, const std::vector<std::string>& parts, const std::string& channel,
                            Instant now)
{
    json::object resource{{"kind", "youtube#video"}, {"etag", "sandbox-" + video.id}, {"id", video.id}};
    if (names_part(parts, "snippet")) {
        json::object snippet = json::parse(video.details).at("snippet").as_object();
        snippet["publishedAt"] = rfc3339(video.accepted);
        snippet["channelId"] = channel;
        snippet["liveBroadcastContent"] = "none";
        resource["snippet"] = std::move(snippet);
    }
    if (names_part(parts, "status"))
        resource["status"] = status_of(video, now);
    if (names_part(parts, "processingDetails"))
        resource["processingDetails"] = processing_of(video, now);
    return resource;
}

json::object playlist_item(const Post& video, const std::vector<std::string>& parts)
{
    json::object item{{"kind", "youtube#playlistItem"}, {"id", "item-" + video.id}};
    if (names_part(parts, "snippet"))
        item["snippet"] = {{"publishedAt", rfc3339(video.accepted)},
                           {"title", video.title},
                           {"description", video.text},
                           {"resourceId", {{"kind", "youtube#video"}, {"videoId", video.id}}}};
    if (names_part(parts, "contentDetails"))
        item["contentDetails"] = {{"videoId", video.id}, {"videoPublishedAt", rfc3339(video.accepted)}};
    if (names_part(parts, "status"))
        item["status"] = {{"privacyStatus", video.privacy}};
    return item;
}

} // namespace vitrina::sandbox

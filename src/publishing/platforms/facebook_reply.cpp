#include "publishing/platforms/facebook_reply.hpp"

#include "publishing/platforms/meta_reply.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/reply_json.hpp"

#include <algorithm>
#include <charconv>

namespace vitrina {
namespace {

std::optional<std::uint64_t> offset_in(const std::string& text)
{
    std::uint64_t offset = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
    const bool whole = !text.empty() && error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional(offset) : std::nullopt;
}

std::optional<FacebookRange> range_in(const boost::json::value& object, std::uint64_t size)
{
    const auto start = offset_in(json_text(json_member(object, "start_offset")));
    const auto end = offset_in(json_text(json_member(object, "end_offset")));
    if (!start || !end || *start > *end || *end > size || (*start == *end && *start != size))
        return std::nullopt;
    return FacebookRange{*start, *end};
}

// Often without the site: "/page/videos/1/".
std::string whole_link(std::string link)
{
    return link.starts_with('/') ? "https://www.facebook.com" + link : link.starts_with("https://") ? link : "";
}

std::string trouble_in(const ReplyJson& json)
{
    for (const char* phase : {"publishing_phase", "processing_phase", "uploading_phase"})
        for (const char* list : {"errors", "error"}) {
            std::string words = json.text({"status", phase, list, "0", "message"});
            if (words.empty())
                words = json.text({"status", phase, list, "message"});
            if (!words.empty())
                return words;
        }
    return {};
}

} // namespace

std::optional<FacebookUpload> facebook_upload(const HttpReply& reply, std::uint64_t size)
{
    const ReplyJson json(reply.body);
    FacebookUpload upload{json.text({"video_id"}), json.text({"upload_session_id"}), json.text({"upload_url"}), {}};
    if (reply.status != 200 || !is_numeric_id(upload.video))
        return std::nullopt;
    if (!upload.url.empty())
        return rupload(upload.url, 0, size) ? std::optional(std::move(upload)) : std::nullopt;
    const auto next = range_in(*json.find({}), size);
    if (!is_numeric_id(upload.session) || !next)
        return std::nullopt;
    upload.next = *next;
    return upload;
}

std::optional<FacebookRange> facebook_range(const HttpReply& reply, std::uint64_t size)
{
    const ReplyJson json(reply.body);
    return reply.status == 200 ? range_in(*json.find({}), size) : std::nullopt;
}

std::optional<FacebookRange> facebook_right_range(const HttpReply& reply, std::uint64_t size)
{
    const ReplyJson json(reply.body);
    const auto* data = json.find({"error", "error_data"}); // an object, or the text of one
    if (!data || (json.text({"error", "code"}) != "1363037" && json.text({"error", "error_subcode"}) != "1363037"))
        return std::nullopt;
    const ReplyJson text(json_text(data));
    return range_in(data->is_string() ? *text.find({}) : *data, size);
}

bool is_facebook_session_gone(const HttpReply& reply)
{
    const auto error = meta_error(reply);
    if (!error)
        return false;
    for (const std::int64_t code : {6000, 1363019, 1363021, 1363033, 1363037, 1363041, 1363045})
        if (error->code == code || error->subcode == code)
            return true;
    return false;
}

bool is_meta_success(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const auto* success = json.find({"success"});
    return reply.status >= 200 && reply.status < 300 && success && success->is_bool() && success->get_bool();
}

bool FacebookVideo::has_failed() const
{
    return state == "error" || state == "expired" || state == "upload_failed" || processing == "error" ||
           publishing == "error";
}

bool FacebookVideo::is_publishing() const
{
    return published == true || publishing == "in_progress" || publishing == "complete";
}

bool FacebookVideo::is_waiting_for_finish() const
{
    const bool untouched = state == "upload_complete" && (processing.empty() || processing == "not_started");
    const bool processed = processing == "complete" && publishing == "not_started";
    return !is_publishing() && (untouched || processed);
}

std::optional<FacebookVideo> facebook_video(const HttpReply& reply)
{
    const ReplyJson json(reply.body);
    const auto* status = json.find({"status"});
    if (reply.status != 200 || !status || !status->is_object())
        return std::nullopt;
    const auto* published = json.find({"published"});
    return FacebookVideo{json.text({"status", "video_status"}),
                         json.text({"status", "processing_phase", "status"}),
                         json.text({"status", "publishing_phase", "status"}),
                         published && published->is_bool() ? std::optional(published->get_bool()) : std::nullopt,
                         whole_link(json.text({"permalink_url"})),
                         trouble_in(json)};
}

} // namespace vitrina

#include "publishing/platforms/youtube_upload.hpp"

#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/reply_json.hpp"
#include "publishing/platforms/stored_range.hpp"
#include "publishing/platforms/waiting.hpp"
#include "publishing/platforms/youtube_reply.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

const std::string api = "https://www.googleapis.com/youtube/v3/";

const std::string session_lost = "session_lost";
constexpr int most_sessions = 3;
constexpr int most_stuck = 5;
// A new video may take a while to show up where it is listed or asked for.
constexpr auto visible_within = 5min;
constexpr auto listed_within = 20min;

std::string metadata(const PublishOrder& order)
{
    const PostText text = post_text(order);
    json::object snippet{
        {"title", text.title}, {"description", text.description}, {"categoryId", option_text(order, "category", "22")}};
    snippet["tags"] = json::array(text.tags.begin(), text.tags.end());
    if (const std::string language = option_text(order, "language"); !language.empty())
        snippet["defaultLanguage"] = language;
    json::object status{{"privacyStatus", option_text(order, "privacy", "public")},
                        {"selfDeclaredMadeForKids", option_yes(order, "made_for_kids", false)},
                        {"embeddable", true},
                        {"license", "youtube"}};
    return json::serialize(json::object{{"snippet", std::move(snippet)}, {"status", std::move(status)}});
}

// It is kept as JSON and sent as it is: printable ASCII, or it is no address.
bool is_session_address(std::string_view text)
{
    return text.starts_with("https://") && text.size() <= 4096 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

// YouTube takes video/* and application/octet-stream only.
std::string upload_type(const PublishOrder& order)
{
    return order.content_type.starts_with("video/") ? order.content_type : "application/octet-stream";
}

} // namespace

YoutubeUpload::YoutubeUpload(const PublishOrder& order, std::string_view memory, const YoutubeOptions& options,
                             const Clock& clock)
    : order_(order), options_(options), clock_(clock)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    session_ = kept.text("session");
    sessions_ = int(kept.number("sessions"));
    offset_ = std::uint64_t(kept.number("offset"));
    stuck_ = int(kept.number("stuck"));
    committed_at_ = kept.instant("committed_at");
    refusal_code_ = kept.text("refusal_code");
    refusal_words_ = kept.text("refusal_words");
    uploads_ = kept.text("uploads");
    video_ = kept.text("video");
    finished_at_ = kept.instant("finished_at");
    looks_ = int(kept.number("looks"));
    aborted_ = kept.text("aborted");
}

std::string YoutubeUpload::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"session", session_},
                                        {"sessions", sessions_},
                                        {"offset", std::int64_t(offset_)},
                                        {"stuck", stuck_},
                                        {"committed_at", committed_at_.time_since_epoch().count()},
                                        {"refusal_code", refusal_code_},
                                        {"refusal_words", refusal_words_},
                                        {"uploads", uploads_},
                                        {"video", video_},
                                        {"finished_at", finished_at_.time_since_epoch().count()},
                                        {"looks", looks_},
                                        {"aborted", aborted_}});
}

Step YoutubeUpload::resume()
{
    if (!video_.empty())
        return ask_video();
    if (!session_.empty())
        return probe();
    return stage_ == State::committing ? ask_channel() : open();
}

Step YoutubeUpload::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::open: return on_opened(reply);
    case Question::chunk:
    case Question::last_chunk:
    case Question::probe: return on_session(reply);
    case Question::channel: return on_channel(reply);
    case Question::uploads: return on_uploads(reply);
    case Question::video: return on_video(reply);
    }
    return Undecided{};
}

Step YoutubeUpload::on_loss(Loss loss)
{
    // A chunk that never left was no commit. Whatever else became of the bytes, the session knows.
    if (question_ == Question::last_chunk && loss == Loss::not_sent)
        stage_ = State::uploading;
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to YouTube was lost"};
}

Step YoutubeUpload::open()
{
    question_ = Question::open;
    stage_ = State::opening;
    session_.clear();
    offset_ = 0;
    const std::string notify = option_yes(order_, "notify_subscribers", true) ? "true" : "false";
    return Send{.what = "open session",
                .method = "POST",
                .url = "https://www.googleapis.com/upload/youtube/v3/videos?uploadType=resumable"
                       "&part=snippet,status&notifySubscribers=" +
                       notify,
                .headers = {{"Content-Type", "application/json; charset=UTF-8"},
                            {"X-Upload-Content-Length", std::to_string(order_.size)},
                            {"X-Upload-Content-Type", upload_type(order_)}},
                .before = metadata(order_)};
}

Step YoutubeUpload::on_opened(const HttpReply& reply)
{
    if (reply.status != 200 && reply.status != 201)
        return youtube_trouble(reply, clock_.now());
    const std::string_view location = reply.header("Location");
    if (!is_session_address(location))
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube opened no upload session"};
    session_ = location;
    ++sessions_;
    stuck_ = 0;
    return send_chunk();
}

Step YoutubeUpload::send_chunk()
{
    const std::uint64_t length = std::min(options_.chunk, order_.size - offset_);
    const std::uint64_t end = offset_ + length;
    const bool last = end == order_.size;
    question_ = last ? Question::last_chunk : Question::chunk;
    stage_ = last ? State::committing : State::uploading;
    if (last)
        committed_at_ = clock_.now();
    const std::string range = std::to_string(offset_) + "-" + std::to_string(end - 1);
    return Send{.what = "send bytes " + range,
                .method = "PUT",
                .url = session_,
                .headers = {{"Content-Type", upload_type(order_)},
                            {"Content-Range", "bytes " + range + "/" + std::to_string(order_.size)}},
                .slice = Slice{Slice::File::original, offset_, length},
                .purpose = last ? Send::Purpose::commit : Send::Purpose::ordinary,
                // The last byte makes YouTube do work before it answers.
                .answer_within = last ? 300s : 120s};
}

Step YoutubeUpload::probe()
{
    question_ = Question::probe;
    return Send{.what = "ask the session",
                .method = "PUT",
                .url = session_,
                .headers = {{"Content-Range", "bytes */" + std::to_string(order_.size)}},
                .purpose = stage_ == State::committing ? Send::Purpose::reconcile : Send::Purpose::ordinary};
}

Step YoutubeUpload::on_session(const HttpReply& reply)
{
    const bool last = question_ == Question::last_chunk;
    switch (reply.status) {
    case 308: return on_stored(reply);
    case 200:
    case 201: return on_finished(reply);
    case 404:
    case 410: return on_session_lost();
    default: break;
    }
    Step trouble = youtube_trouble(reply, clock_.now());
    const auto* refused = std::get_if<Refused>(&trouble);
    if (!refused || stage_ != State::committing)
        return trouble;
    if (!last)
        return Wait{Wait::Kind::transient, std::nullopt, refused->words};
    // An error in answer to the last byte is no proof that the video is not there: the session is asked first.
    refusal_code_ = refused->code;
    refusal_words_ = refused->words;
    return probe();
}

Step YoutubeUpload::on_session_lost()
{
    if (question_ == Question::last_chunk) { // the same: had the upload ended, the session would say so
        refusal_code_ = session_lost;
        return probe();
    }
    const bool answered = std::exchange(refusal_code_, {}) == session_lost;
    session_.clear();
    offset_ = 0;
    if (stage_ == State::committing && !answered)
        return ask_channel(); // the last chunk got no answer: the video may be there without the session
    if (sessions_ >= most_sessions) {
        stage_ = State::uploading;
        return Refused{Refused::Kind::gave_up, session_lost, "YouTube lost the upload session three times"};
    }
    return open();
}

Step YoutubeUpload::on_stored(const HttpReply& reply)
{
    const auto stored = stored_bytes(reply);
    if (!stored || *stored > order_.size)
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube's answer about the upload makes no sense"};
    stuck_ = *stored > offset_ ? 0 : stuck_ + 1;
    const bool was_probe = question_ == Question::probe;
    offset_ = *stored;
    if (offset_ == order_.size) // all is there, and it is still at work on the last byte
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube is finishing the upload"};

    if (stage_ == State::committing) {
        // The session itself says that the upload is not complete: the commit did not happen.
        stage_ = State::uploading;
        const std::string code = std::exchange(refusal_code_, {}), words = std::exchange(refusal_words_, {});
        if (!words.empty())
            return Refused{Refused::Kind::invalid_content, code, words};
        if (!was_probe && stuck_ < most_stuck)
            return probe();
        return Wait{Wait::Kind::transient, std::nullopt, "the end of the upload did not arrive"};
    }
    if (stuck_ >= most_stuck) {
        stuck_ = 0;
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube keeps none of the bytes it is sent"};
    }
    return send_chunk();
}

Step YoutubeUpload::on_finished(const HttpReply& reply)
{
    video_ = youtube_video_id(reply);
    if (video_.empty())
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube's answer to the upload cannot be read"};
    stage_ = State::confirming;
    offset_ = order_.size;
    finished_at_ = clock_.now();
    return processing();
}

// YouTube lost bytes it had confirmed. Once, that may be an accident of theirs.
Step YoutubeUpload::upload_anew()
{
    aborted_ = std::exchange(video_, {});
    session_.clear();
    sessions_ = stuck_ = looks_ = 0;
    offset_ = 0;
    stage_ = State::opening;
    return Wait{Wait::Kind::anew, std::nullopt, "YouTube lost the upload: it is sent once more"};
}

Step YoutubeUpload::ask_channel()
{
    if (!uploads_.empty())
        return ask_uploads();
    question_ = Question::channel;
    return Send{.what = "ask for the channel's uploads",
                .method = "GET",
                .url = api + "channels?part=contentDetails&mine=true",
                .purpose = Send::Purpose::reconcile};
}

Step YoutubeUpload::on_channel(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"YouTube does not take the access token"};
    uploads_ = ReplyJson(reply.body).text({"items", "0", "contentDetails", "relatedPlaylists", "uploads"});
    if (reply.status != 200 || uploads_.empty())
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube does not tell the channel's uploads"};
    return ask_uploads();
}

Step YoutubeUpload::ask_uploads()
{
    question_ = Question::uploads;
    return Send{.what = "look for the video among the channel's uploads",
                .method = "GET",
                .url = api + "playlistItems?part=snippet&maxResults=50&playlistId=" + url_escape(uploads_),
                .purpose = Send::Purpose::reconcile};
}

Step YoutubeUpload::on_uploads(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"YouTube does not take the access token"};
    if (reply.status != 200)
        return Wait{Wait::Kind::transient, std::nullopt, "YouTube does not list the channel's uploads"};
    const ReplyJson list(reply.body);
    const std::string title = post_text(order_).title;
    found_ = 0;
    for (std::size_t i = 0; i < list.size({"items"}); ++i) {
        const std::string at = std::to_string(i);
        const auto uploaded = parse_iso_time(list.text({"items", at, "snippet", "publishedAt"}));
        const std::string id = list.text({"items", at, "snippet", "resourceId", "videoId"});
        const bool ours = list.text({"items", at, "snippet", "title"}) == title && uploaded &&
                          *uploaded >= committed_at_ - visible_within;
        if (!ours || id == aborted_ || !is_youtube_video_id(id))
            continue;
        if (++found_ == 1)
            video_ = id;
    }
    if (found_ > 0) {
        stage_ = State::confirming;
        offset_ = order_.size;
        finished_at_ = clock_.now();
        return ask_video();
    }
    if (clock_.now() < committed_at_ + listed_within)
        return Wait{Wait::Kind::processing, clock_.now() + 2min, "looking for the video among the channel's uploads"};
    return Undecided{"The connection broke at the last byte and the upload session is gone. The video is not among the "
                     "channel's uploads so far: look there before publishing again."};
}

Step YoutubeUpload::processing()
{
    const auto pause = growing_pause(looks_, options_.first_look, 120s);
    return Wait{Wait::Kind::processing, clock_.now() + pause, "YouTube is processing the video"};
}

Step YoutubeUpload::ask_video()
{
    question_ = Question::video;
    ++looks_;
    return Send{.what = "ask how the processing goes",
                .method = "GET",
                .url = api + "videos?part=status,processingDetails&id=" + url_escape(video_)};
}

Step YoutubeUpload::on_video(const HttpReply& reply)
{
    if (reply.status != 200) {
        // Reading fails for reasons of its own, which say nothing about the video.
        Step trouble = youtube_trouble(reply, clock_.now());
        const auto* refused = std::get_if<Refused>(&trouble);
        return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
    }
    const auto video = youtube_video(reply);
    if (!video && ReplyJson(reply.body).find({"items"}) && clock_.now() > finished_at_ + visible_within)
        return Refused{Refused::Kind::processing_failed, "deleted", "the video is not on the channel any more"};
    if (!video)
        return processing();

    const std::string url = "https://www.youtube.com/watch?v=" + video_;
    if (video->upload_status == "failed" && video->failure == "uploadAborted" && aborted_.empty())
        return upload_anew();
    if (video->upload_status == "failed" || video->upload_status == "rejected" || video->upload_status == "deleted")
        return Refused{Refused::Kind::processing_failed, video->failure.empty() ? video->upload_status : video->failure,
                       "YouTube did not accept the video: " +
                           (video->failure.empty() ? video->upload_status : video->failure)};
    if (video->upload_status != "processed" || video->privacy.empty())
        return processing();
    if (video->privacy != option_text(order_, "privacy", "public"))
        return NeedsUser{video_, url,
                         "YouTube keeps the video " + video->privacy +
                             ": projects that Google has not audited cannot publish. Change it in YouTube Studio.",
                         clock_.now() + 1h};
    return Published{video_, url};
}

} // namespace vitrina

#include "publishing/platforms/peertube_upload.hpp"

#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/stored_range.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

const std::string uploads_path = "/api/v1/videos/upload-resumable";
constexpr int most_uploads = 3;
constexpr int most_stuck = 5;
constexpr int looks_at_list = 2;
constexpr std::size_t least_text = 3; // of a description; shorter ones are left out
// Between the server's clock and ours.
constexpr auto clocks_differ_by = 10min;
constexpr auto visible_within = 5min;

// As PeerTube numbers them.
enum VideoState { published = 1, transcoding_failed = 7, move_failed = 8, move_back_failed = 11 };

std::int64_t privacy_number(const std::string& privacy)
{
    return privacy == "unlisted" ? 2 : privacy == "private" ? 3 : privacy == "internal" ? 4 : 1;
}

std::int64_t comments_number(const std::string& comments)
{
    return comments == "closed" ? 2 : comments == "approval" ? 3 : 1;
}

std::int64_t to_number(const std::string& digits)
{
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

// What is empty is left out: to PeerTube that is another thing than "".
std::string metadata(const PublishOrder& order, const AccountFacts& account)
{
    const PostText text = post_text(order);
    json::object video{{"channelId", to_number(account.remote_id)},
                       {"name", text.title},
                       // The server takes two uploads of the same name, size and words for one.
                       {"filename", order.client_key + ".mp4"},
                       {"privacy", privacy_number(option_text(order, "privacy", "public"))},
                       {"waitTranscoding", true},
                       {"nsfw", option_yes(order, "sensitive", false)},
                       {"downloadEnabled", option_yes(order, "downloads", true)},
                       {"commentsPolicy", comments_number(option_text(order, "comments", "open"))}};
    if (characters(text.description) >= least_text)
        video["description"] = text.description;
    if (!text.tags.empty())
        video["tags"] = json::array(text.tags.begin(), text.tags.end());
    for (const char* name : {"language", "support"})
        if (std::string value = option_text(order, name); !value.empty())
            video[name] = std::move(value);
    for (const char* name : {"category", "licence"})
        if (const auto* value = order.options.if_contains(name); value && value->is_int64())
            video[name] = *value;
    return json::serialize(video);
}

} // namespace

PeertubeUpload::PeertubeUpload(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                               const PeertubeOptions& options, const Clock& clock)
    : order_(order), account_(account), options_(options), clock_(clock)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    upload_ = kept.text("upload");
    uploads_ = int(kept.number("uploads"));
    offset_ = std::uint64_t(kept.number("offset"));
    stuck_ = int(kept.number("stuck"));
    committed_at_ = kept.instant("committed_at");
    refusal_code_ = kept.text("refusal_code");
    refusal_words_ = kept.text("refusal_words");
    list_looks_ = int(kept.number("list_looks"));
    video_ = kept.text("video");
    short_ = kept.text("short");
    finished_at_ = kept.instant("finished_at");
    looks_ = int(kept.number("looks"));
}

std::string PeertubeUpload::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"upload", upload_},
                                        {"uploads", uploads_},
                                        {"offset", std::int64_t(offset_)},
                                        {"stuck", stuck_},
                                        {"committed_at", in_memory(committed_at_)},
                                        {"refusal_code", refusal_code_},
                                        {"refusal_words", refusal_words_},
                                        {"list_looks", list_looks_},
                                        {"video", video_},
                                        {"short", short_},
                                        {"finished_at", in_memory(finished_at_)},
                                        {"looks", looks_}});
}

Step PeertubeUpload::resume()
{
    if (!video_.empty())
        return ask_video();
    if (!upload_.empty())
        return probe();
    return stage_ == State::committing ? ask_list() : open();
}

Step PeertubeUpload::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::open: return on_opened(reply);
    case Question::chunk:
    case Question::last_chunk:
    case Question::probe: return on_upload(reply);
    case Question::list: return on_list(reply);
    case Question::video: return on_video(reply);
    }
    return Undecided{};
}

Step PeertubeUpload::on_loss(Loss loss)
{
    // A chunk that never left was no commit. Whatever else became of the bytes, the upload knows.
    if (question_ == Question::last_chunk && loss == Loss::not_sent)
        stage_ = State::uploading;
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to the server was lost"};
}

std::string PeertubeUpload::upload_address() const
{
    return account_.base_url + uploads_path + "?upload_id=" + upload_;
}

Step PeertubeUpload::open()
{
    question_ = Question::open;
    stage_ = State::opening;
    upload_.clear();
    offset_ = 0;
    return Send{.what = "open an upload",
                .method = "POST",
                .url = account_.base_url + uploads_path,
                .headers = {{"Content-Type", "application/json"},
                            {"X-Upload-Content-Length", std::to_string(order_.size)},
                            {"X-Upload-Content-Type",
                             order_.content_type.empty() ? "application/octet-stream" : order_.content_type}},
                .before = metadata(order_, account_)};
}

Step PeertubeUpload::on_opened(const HttpReply& reply)
{
    if (reply.status != 200 && reply.status != 201)
        return peertube_trouble(reply, clock_.now());
    const auto upload = peertube_upload_id(reply);
    if (!upload)
        return Wait{Wait::Kind::transient, std::nullopt, "the server opened no upload"};
    upload_ = *upload;
    ++uploads_;
    stuck_ = list_looks_ = 0;
    stage_ = State::uploading;
    return reply.status == 201 ? send_chunk() : probe(); // 200: it knows this upload already
}

Step PeertubeUpload::send_chunk()
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
                .url = upload_address(),
                .headers = {{"Content-Type", "application/octet-stream"},
                            {"Content-Range", "bytes " + range + "/" + std::to_string(order_.size)}},
                .slice = Slice{Slice::File::original, offset_, length},
                .purpose = last ? Send::Purpose::commit : Send::Purpose::ordinary,
                // The last byte makes the server put the file together and look into it before it answers.
                .answer_within = 300s};
}

Step PeertubeUpload::probe()
{
    question_ = Question::probe;
    return Send{.what = "ask the upload",
                .method = "PUT",
                .url = upload_address(),
                .headers = {{"Content-Range", "bytes */" + std::to_string(order_.size)}},
                .purpose = stage_ == State::committing ? Send::Purpose::reconcile : Send::Purpose::ordinary};
}

Step PeertubeUpload::on_upload(const HttpReply& reply)
{
    const bool was_probe = question_ == Question::probe;
    switch (reply.status) {
    case 200: return on_finished(reply);
    case 308: return on_stored(reply);
    case 404: return on_upload_lost();
    case 409: // what was sent does not follow what is there
        return was_probe ? Step(Wait{Wait::Kind::transient, std::nullopt, "the server's upload is out of step"})
                         : probe();
    default: break;
    }
    Step trouble = peertube_trouble(reply, clock_.now());
    const auto* refused = std::get_if<Refused>(&trouble);
    if (!refused || stage_ != State::committing)
        return trouble;
    if (was_probe)
        return Wait{Wait::Kind::transient, std::nullopt, refused->words};
    // A refusal of the last byte is no proof that there is no video: the upload is asked first.
    refusal_code_ = refused->code;
    refusal_words_ = refused->words;
    return probe();
}

Step PeertubeUpload::on_stored(const HttpReply& reply)
{
    const auto stored = stored_bytes(reply);
    if (!stored || *stored > order_.size)
        return Wait{Wait::Kind::transient, std::nullopt, "the server's answer about the upload makes no sense"};
    stuck_ = *stored > offset_ ? 0 : stuck_ + 1;
    const bool was_probe = question_ == Question::probe;
    offset_ = *stored;
    if (offset_ == order_.size) // all is there, and it is still at work on the last byte
        return Wait{Wait::Kind::transient, std::nullopt, "the server is finishing the upload"};
    if (stage_ == State::committing) {
        // The upload itself says that it is not complete: there is no video.
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
        return Wait{Wait::Kind::transient, std::nullopt, "the server keeps none of the bytes it is sent"};
    }
    return send_chunk();
}

Step PeertubeUpload::on_upload_lost()
{
    upload_.clear();
    offset_ = 0;
    if (stage_ == State::committing) // the video may be there without its upload
        return ask_list();
    return open_anew();
}

Step PeertubeUpload::open_anew()
{
    stage_ = State::uploading;
    if (uploads_ >= most_uploads)
        return Refused{Refused::Kind::gave_up, "session_lost", "the server lost the upload three times"};
    return open();
}

Step PeertubeUpload::on_finished(const HttpReply& reply)
{
    const auto video = peertube_finished(reply);
    if (!video)
        return Wait{Wait::Kind::transient, std::nullopt, "the server's answer to the upload cannot be read"};
    video_ = video->uuid;
    short_ = video->short_uuid;
    stage_ = State::confirming;
    offset_ = order_.size;
    finished_at_ = clock_.now();
    return processing();
}

Step PeertubeUpload::ask_list()
{
    const Instant settled = committed_at_ + options_.upload_settles * (list_looks_ + 1);
    if (clock_.now() < settled)
        return Wait{Wait::Kind::transient, settled, "the server may still be at the upload"};
    question_ = Question::list;
    return Send{.what = "look for the video among the user's last ones",
                .method = "GET",
                .url = account_.base_url + "/api/v1/users/me/videos?sort=-createdAt&count=50",
                .purpose = Send::Purpose::reconcile};
}

bool PeertubeUpload::looks_like_ours(const PeertubeVideo& video) const
{
    const auto seconds = std::chrono::round<std::chrono::seconds>(order_.duration).count();
    const bool other_length = video.duration > 0 && seconds > 0 && std::abs(video.duration - seconds) > 1;
    return video.name == post_text(order_).title && !other_length && video.created_at &&
           *video.created_at >= committed_at_ - clocks_differ_by;
}

Step PeertubeUpload::on_list(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"the server does not take the access token"};
    const auto videos = peertube_videos(reply);
    if (!videos)
        return Wait{Wait::Kind::transient, std::nullopt, "the server does not list the user's videos"};
    found_ = 0;
    for (const PeertubeVideo& video : *videos)
        if (looks_like_ours(video) && ++found_ == 1) {
            video_ = video.uuid;
            short_ = video.short_uuid;
        }
    if (found_ > 0) {
        stage_ = State::confirming;
        offset_ = order_.size;
        finished_at_ = clock_.now();
        return ask_video();
    }
    if (++list_looks_ < looks_at_list)
        return ask_list();
    // The upload is gone, and a server shows a video to its own user as soon as it has it: there is none.
    if (const std::string words = std::exchange(refusal_words_, {}); !words.empty()) {
        stage_ = State::uploading;
        return Refused{Refused::Kind::invalid_content, std::exchange(refusal_code_, {}), words};
    }
    return open_anew();
}

Step PeertubeUpload::processing()
{
    const auto pause = growing_pause(looks_, options_.first_look, 120s);
    return Wait{Wait::Kind::processing, clock_.now() + pause, "the server is processing the video"};
}

Step PeertubeUpload::ask_video()
{
    question_ = Question::video;
    ++looks_;
    return Send{
        .what = "ask how the processing goes", .method = "GET", .url = account_.base_url + "/api/v1/videos/" + video_};
}

Step PeertubeUpload::on_video(const HttpReply& reply)
{
    if (reply.status == 404 && clock_.now() > finished_at_ + visible_within)
        return Refused{Refused::Kind::processing_failed, "deleted", "the video is not on the server any more"};
    const auto video = peertube_video(reply);
    if (!video) {
        // Reading fails for reasons of its own, which say nothing about the video.
        Step trouble = peertube_trouble(reply, clock_.now());
        const auto* refused = std::get_if<Refused>(&trouble);
        return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
    }
    const std::string url = account_.base_url + "/w/" + short_;
    switch (video->state) {
    case published: break;
    case transcoding_failed:
        return Refused{Refused::Kind::processing_failed, "transcoding_failed", "the server cannot transcode the video"};
    case move_failed:
    case move_back_failed:
        return Refused{Refused::Kind::processing_failed, "move_failed", "the server cannot store the video"};
    default: return processing();
    }
    if (video->waits_for_moderator)
        return NeedsUser{video_, url, "a moderator of the server has to let the video through", clock_.now() + 1h};
    return Published{video_, url};
}

} // namespace vitrina

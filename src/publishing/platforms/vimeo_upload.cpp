#include "publishing/platforms/vimeo_upload.hpp"

#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/post_address.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

constexpr int most_uploads = 3;
constexpr int most_stuck = 5;
constexpr int most_doubts = 3;
constexpr auto clocks_differ_by = 5min; // Vimeo's and ours
constexpr auto visible_within = 5min;

std::string view_of(const std::string& privacy)
{
    return privacy == "unlisted"     ? "unlisted"
           : privacy == "private"    ? "nobody"
           : privacy == "embed_only" ? "disable"
                                     : "anybody";
}

std::string placeholder(const PublishOrder& order)
{
    const PostText text = post_text(order);
    json::object video{{"upload", {{"approach", "tus"}, {"size", std::int64_t(order.size)}}},
                       {"name", text.title},
                       {"privacy",
                        {{"view", view_of(option_text(order, "privacy", "public"))},
                         {"download", option_yes(order, "downloads", false)},
                         {"comments", option_yes(order, "comments", true) ? "anybody" : "nobody"}}}};
    if (!text.description.empty())
        video["description"] = text.description;
    if (std::string license = option_text(order, "license"); !license.empty())
        video["license"] = std::move(license);
    if (std::string language = option_text(order, "language"); !language.empty())
        video["locale"] = std::move(language);
    return json::serialize(video);
}

} // namespace

VimeoUpload::VimeoUpload(const PublishOrder& order, std::string_view memory, const VimeoOptions& options,
                         const Clock& clock)
    : order_(order), options_(options), clock_(clock), tags_(post_text(order).tags)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    created_at_ = kept.instant("created_at");
    uploads_ = int(kept.number("uploads"));
    video_ = kept.text("video");
    upload_ = kept.text("upload");
    tagged_ = std::size_t(kept.number("tagged"));
    offset_ = std::uint64_t(kept.number("offset"));
    stuck_ = int(kept.number("stuck"));
    committed_at_ = kept.instant("committed_at");
    doubts_ = int(kept.number("doubts"));
    finished_at_ = kept.instant("finished_at");
    looks_ = int(kept.number("looks"));
}

std::string VimeoUpload::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"created_at", in_memory(created_at_)},
                                        {"uploads", uploads_},
                                        {"video", video_},
                                        {"upload", upload_},
                                        {"tagged", std::int64_t(tagged_)},
                                        {"offset", std::int64_t(offset_)},
                                        {"stuck", stuck_},
                                        {"committed_at", in_memory(committed_at_)},
                                        {"doubts", doubts_},
                                        {"finished_at", in_memory(finished_at_)},
                                        {"looks", looks_}});
}

Step VimeoUpload::resume()
{
    if (stage_ == State::confirming)
        return ask_video();
    if (!upload_.empty())
        return tagged_ < tags_.size() ? next_tag() : ask_offset();
    if (stage_ == State::committing)
        return ask_video();
    if (!video_.empty())
        return drop_placeholder();
    return created_at_ == Instant{} ? create() : look_for_orphans();
}

Step VimeoUpload::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::orphans: return on_orphans(reply);
    case Question::create: return on_created(reply);
    case Question::tag: return on_tagged(reply);
    case Question::offset:
    case Question::piece:
    case Question::last_piece: return on_upload(reply);
    case Question::drop: return on_dropped(reply);
    case Question::video: return stage_ == State::committing ? on_video_in_doubt(reply) : on_video(reply);
    }
    return Undecided{};
}

Step VimeoUpload::on_loss(Loss loss)
{
    // A piece that never left was no commit. Whatever else became of the bytes, the upload knows.
    if (question_ == Question::last_piece && loss == Loss::not_sent)
        stage_ = State::uploading;
    if (question_ == Question::create && loss == Loss::not_sent)
        created_at_ = {};
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to Vimeo was lost"};
}

Send VimeoUpload::call(std::string what, std::string method, std::string path) const
{
    return Send{.what = std::move(what),
                .method = std::move(method),
                .url = "https://api.vimeo.com" + std::move(path),
                .headers = {{"Accept", std::string(vimeo_accept)}}};
}

// The answer to a request for a placeholder did not come: there may be one, which nobody would ever fill.
Step VimeoUpload::look_for_orphans()
{
    question_ = Question::orphans;
    return call("look for a placeholder without an answer", "GET",
                "/me/videos?sort=date&per_page=25&fields=uri,name,created_time,upload.status,upload.size");
}

Step VimeoUpload::on_orphans(const HttpReply& reply)
{
    const auto videos = vimeo_videos(reply);
    if (!videos)
        return vimeo_trouble(reply, clock_.now());
    for (const VimeoVideo& video : *videos) {
        const bool ours = video.upload == "in_progress" && video.name == post_text(order_).title &&
                          video.size == order_.size && video.created_at &&
                          *video.created_at >= created_at_ - clocks_differ_by;
        if (ours) {
            video_ = video.id;
            return drop_placeholder();
        }
    }
    created_at_ = {};
    return create();
}

Step VimeoUpload::create()
{
    question_ = Question::create;
    stage_ = State::opening;
    created_at_ = clock_.now();
    offset_ = 0;
    tagged_ = 0;
    Send send = call("make a placeholder", "POST",
                     "/me/videos?fields=uri,link,upload.approach,upload.upload_link,upload.status");
    send.headers.emplace_back("Content-Type", "application/json");
    send.before = placeholder(order_);
    return send;
}

Step VimeoUpload::on_created(const HttpReply& reply)
{
    const auto video = vimeo_video(reply);
    if (!video) {
        Step trouble = vimeo_trouble(reply, clock_.now());
        if (reply.status >= 400 && reply.status < 500) // a complete answer that says no
            created_at_ = {};
        return trouble;
    }
    created_at_ = {};
    video_ = video->id;
    ++uploads_;
    stuck_ = doubts_ = 0;
    if (video->upload_link.empty())
        return Refused{Refused::Kind::gave_up, "no_upload", "Vimeo offers no upload by tus"};
    upload_ = video->upload_link;
    stage_ = State::uploading;
    return tags_.empty() ? send_piece() : next_tag();
}

Step VimeoUpload::next_tag()
{
    question_ = Question::tag;
    stage_ = State::uploading;
    return call("set a tag", "PUT", "/videos/" + video_ + "/tags/" + url_escape(tags_[tagged_]));
}

// A tag that Vimeo does not take is no reason to publish nothing.
Step VimeoUpload::on_tagged(const HttpReply& reply)
{
    if (reply.status == 401 || reply.status == 429 || reply.status >= 500)
        return vimeo_trouble(reply, clock_.now());
    return ++tagged_ < tags_.size() ? next_tag() : send_piece();
}

Step VimeoUpload::ask_offset()
{
    question_ = Question::offset;
    return Send{.what = "ask the upload",
                .method = "HEAD",
                .url = upload_,
                .headers = {{"Tus-Resumable", "1.0.0"}},
                .purpose = stage_ == State::committing ? Send::Purpose::reconcile : Send::Purpose::ordinary,
                .credentials = Send::Credentials::none};
}

Step VimeoUpload::send_piece()
{
    const std::uint64_t length = std::min(options_.chunk, order_.size - offset_);
    const bool last = offset_ + length == order_.size;
    question_ = last ? Question::last_piece : Question::piece;
    stage_ = last ? State::committing : State::uploading;
    if (last)
        committed_at_ = clock_.now();
    return Send{.what = "send bytes " + std::to_string(offset_) + "-" + std::to_string(offset_ + length - 1),
                .method = "PATCH",
                .url = upload_,
                .headers = {{"Tus-Resumable", "1.0.0"},
                            {"Upload-Offset", std::to_string(offset_)},
                            {"Content-Type", "application/offset+octet-stream"}},
                .slice = Slice{Slice::File::original, offset_, length},
                .purpose = last ? Send::Purpose::commit : Send::Purpose::ordinary,
                .credentials = Send::Credentials::none,
                .answer_within = 300s};
}

Step VimeoUpload::on_upload(const HttpReply& reply)
{
    const bool asked = question_ == Question::offset;
    if (reply.status == 403 || reply.status == 404 || reply.status == 410)
        return on_upload_gone();
    if (reply.status == 409 && !asked) // what was sent does not follow what is there
        return ask_offset();
    const auto stored = reply.status == 200 || reply.status == 204 ? upload_offset(reply) : std::nullopt;
    if (!stored || *stored > order_.size) {
        // What is wrong with a piece is found out by asking: nothing else proves what became of the last one.
        Step trouble = vimeo_trouble(reply, clock_.now());
        const auto* refused = std::get_if<Refused>(&trouble);
        return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
    }
    stuck_ = *stored > offset_ ? 0 : stuck_ + 1;
    offset_ = *stored;
    if (offset_ == order_.size)
        return arrived();
    if (stage_ == State::committing) { // the upload itself says that it is not complete: there is no video
        stage_ = State::uploading;
        return ask_offset();
    }
    if (stuck_ >= most_stuck) {
        stuck_ = 0;
        return Wait{Wait::Kind::transient, std::nullopt, "Vimeo keeps none of the bytes it is sent"};
    }
    return send_piece();
}

Step VimeoUpload::on_upload_gone()
{
    upload_.clear();
    if (stage_ == State::committing) // all bytes may be there
        return ask_video();
    return begin_anew();
}

Step VimeoUpload::begin_anew()
{
    stage_ = State::uploading;
    offset_ = 0;
    return drop_placeholder();
}

Step VimeoUpload::drop_placeholder()
{
    question_ = Question::drop;
    return call("delete the unfinished placeholder", "DELETE", "/videos/" + video_);
}

Step VimeoUpload::on_dropped(const HttpReply& reply)
{
    if (reply.status != 204 && reply.status != 404)
        return vimeo_trouble(reply, clock_.now());
    video_.clear();
    if (created_at_ != Instant{}) // it was one without an answer; there may be another
        return look_for_orphans();
    if (uploads_ >= most_uploads)
        return Refused{Refused::Kind::gave_up, "session_lost", "Vimeo lost the upload three times"};
    return create();
}

Step VimeoUpload::arrived()
{
    stage_ = State::confirming;
    offset_ = order_.size;
    finished_at_ = clock_.now();
    return processing();
}

Step VimeoUpload::processing()
{
    const auto pause = growing_pause(looks_, options_.first_look, 60s);
    return Wait{Wait::Kind::processing, clock_.now() + pause, "Vimeo is processing the video"};
}

Step VimeoUpload::ask_video()
{
    if (stage_ == State::committing) {
        const Instant settled = committed_at_ + options_.upload_settles * (doubts_ + 1);
        if (clock_.now() < settled)
            return Wait{Wait::Kind::transient, settled, "Vimeo may still be at the last bytes"};
    }
    question_ = Question::video;
    Send send = call("ask how the video is", "GET",
                     "/videos/" + video_ + "?fields=uri,link,upload.status,transcode.status,privacy.view");
    if (stage_ == State::committing)
        send.purpose = Send::Purpose::reconcile;
    return send;
}

// The upload is gone, and its last bytes had no answer.
Step VimeoUpload::on_video_in_doubt(const HttpReply& reply)
{
    const auto video = vimeo_video(reply);
    if (video && video->upload == "complete")
        return arrived();
    if (video || (reply.status == 404 && !vimeo_error(reply).words.empty())) {
        if (++doubts_ < most_doubts)
            return ask_video();
        // Nothing can arrive any more: what is unfinished goes, and the video is sent anew.
        return begin_anew();
    }
    Step trouble = vimeo_trouble(reply, clock_.now());
    const auto* refused = std::get_if<Refused>(&trouble);
    return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
}

Step VimeoUpload::on_video(const HttpReply& reply)
{
    ++looks_;
    if (reply.status == 404 && clock_.now() > finished_at_ + visible_within)
        return Refused{Refused::Kind::processing_failed, "deleted", "the video is not at Vimeo any more"};
    const auto video = vimeo_video(reply);
    if (!video) {
        // Reading fails for reasons of its own, which say nothing about the video.
        Step trouble = vimeo_trouble(reply, clock_.now());
        const auto* refused = std::get_if<Refused>(&trouble);
        return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
    }
    if (video->upload == "error" || video->transcode == "error")
        return Refused{Refused::Kind::processing_failed, "transcoding_failed", "Vimeo cannot process the video"};
    if (video->upload != "complete" || video->transcode != "complete")
        return processing();
    // The link of what is unlisted holds a secret: no other would show it.
    const bool shows = parse_post_address(video->link).has_value();
    return Published{video_, shows ? video->link : "https://vimeo.com/" + video_};
}

} // namespace vitrina

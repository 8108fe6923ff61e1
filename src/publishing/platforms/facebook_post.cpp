#include "publishing/platforms/facebook_post.hpp"

#include "publishing/platforms/caption.hpp"
#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/meta_reply.hpp"
#include "publishing/platforms/multipart.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/waiting.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

constexpr int most_uploads = 3;
constexpr int most_looks_for_finish = 5; // what it shows may lag behind
constexpr std::size_t longest_description = 63'206;

} // namespace

bool is_upright_reel(const PublishOrder& order)
{
    constexpr double wanted = 9.0 / 16;
    return order.height > 0 && std::abs(double(order.width) / order.height - wanted) <= wanted / 100;
}

bool is_facebook_reel(const PublishOrder& order)
{
    const std::string kind = option_text(order, "kind", "auto");
    if (kind != "auto")
        return kind == "reel";
    return is_upright_reel(order) && order.duration >= 3s && order.duration <= 90s && order.width >= 540;
}

std::string facebook_description(const PublishOrder& order)
{
    const PostText words = post_text(order);
    std::string text = words.description;
    std::string separator = text.empty() ? "" : "\n\n";
    for (const std::string& tag : words.tags) {
        const std::string hash = hashtag(tag);
        if (hash.empty() || characters(text + separator + hash) > longest_description)
            continue;
        text += separator + hash;
        separator = " ";
    }
    return text;
}

FacebookPost::FacebookPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                           const FacebookOptions& options, const Clock& clock)
    : order_(order), account_(account), options_(options), clock_(clock), reel_(is_facebook_reel(order))
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    upload_ = {kept.text("video"),
               kept.text("session"),
               kept.text("url"),
               {std::uint64_t(kept.number("next_start")), std::uint64_t(kept.number("next_end"))}};
    sent_ = std::uint64_t(kept.number("sent"));
    uploads_ = int(kept.number("uploads"));
    looks_ = int(kept.number("looks"));
    finished_at_ = kept.instant("finished_at");
}

std::string FacebookPost::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"video", upload_.video},
                                        {"session", upload_.session},
                                        {"url", upload_.url},
                                        {"next_start", std::int64_t(upload_.next.start)},
                                        {"next_end", std::int64_t(upload_.next.end)},
                                        {"sent", std::int64_t(sent_)},
                                        {"uploads", uploads_},
                                        {"looks", looks_},
                                        {"finished_at", in_memory(finished_at_)}});
}

Step FacebookPost::resume()
{
    if (stage_ == State::committing)
        return reconcile();
    if (stage_ == State::confirming)
        return look();
    if (stage_ == State::ready)
        return finish();
    if (upload_.video.empty())
        return start();
    return reel_ ? ask_offset() : send_part();
}

Step FacebookPost::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::start: return on_started(reply);
    case Question::part: return on_part(reply);
    case Question::rest: return on_rest(reply);
    case Question::offset: return on_offset(reply);
    case Question::finish: return on_finished(reply);
    case Question::look: return on_look(reply);
    }
    return Undecided{};
}

Step FacebookPost::on_loss(Loss loss)
{
    if (question_ == Question::finish && loss == Loss::not_sent)
        stage_ = State::ready;
    if (question_ == Question::finish && loss == Loss::unknown)
        return in_doubt("the connection broke while the request to publish was on its way");
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to Facebook was lost"};
}

// A call of the page's own edge for this kind of video.
Send FacebookPost::edge(std::string what, const HttpFields& form) const
{
    const std::string host = reel_ ? "https://graph.facebook.com/" : "https://graph-video.facebook.com/";
    return Send{.what = std::move(what),
                .method = "POST",
                .url = host + options_.version + "/" + url_escape(account_.remote_id) +
                       (reel_ ? "/video_reels" : "/videos"),
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                .before = form_body(form),
                .credentials = Send::Credentials::query};
}

std::string FacebookPost::node(std::string_view fields) const
{
    return "https://graph.facebook.com/" + options_.version + "/" + url_escape(upload_.video) +
           "?fields=" + std::string(fields);
}

Step FacebookPost::trouble(const HttpReply& reply) const
{
    return meta_trouble(reply, clock_.now(), "Facebook");
}

Step FacebookPost::start()
{
    question_ = Question::start;
    stage_ = State::opening;
    return reel_ ? edge("open an upload", {{"upload_phase", "start"}})
                 : edge("open an upload", {{"upload_phase", "start"}, {"file_size", std::to_string(order_.size)}});
}

Step FacebookPost::on_started(const HttpReply& reply)
{
    auto upload = facebook_upload(reply, order_.size);
    if (const auto error = meta_error(reply); error && error->is(100, 33))
        return Refused{Refused::Kind::not_permitted, error->name(), error->words}; // the page is not this token's
    if (!upload || upload->url.empty() == reel_)
        return trouble(reply);
    upload_ = *std::move(upload);
    sent_ = upload_.next.start;
    ++uploads_;
    return reel_ ? send_rest() : send_part();
}

Step FacebookPost::upload_anew(std::string words)
{
    if (uploads_ >= most_uploads)
        return Refused{Refused::Kind::gave_up, "session_lost",
                       "Facebook lost the upload three times" + (words.empty() ? "" : ": " + words)};
    upload_ = {};
    sent_ = 0;
    return start();
}

// Of an ordinary video: the bytes that Facebook asks for. They may be sent again, their place is said with them.
Step FacebookPost::send_part()
{
    if (upload_.next.start == upload_.next.end)
        return finish();
    question_ = Question::part;
    stage_ = State::uploading;
    MultipartFile body = multipart_file(order_,
                                        {{"upload_phase", "transfer"},
                                         {"upload_session_id", upload_.session},
                                         {"start_offset", std::to_string(upload_.next.start)}},
                                        "video_file_chunk");
    Send send =
        edge("send bytes " + std::to_string(upload_.next.start) + "-" + std::to_string(upload_.next.end - 1), {});
    send.headers = {{"Content-Type", body.content_type}};
    send.before = std::move(body.before);
    send.slice = Slice{Slice::File::original, upload_.next.start, upload_.next.end - upload_.next.start};
    send.after = std::move(body.after);
    return send;
}

Step FacebookPost::on_part(const HttpReply& reply)
{
    auto next = facebook_range(reply, order_.size);
    if (!next)
        next = facebook_right_range(reply, order_.size);
    else if (next->start <= upload_.next.start)
        return Wait{Wait::Kind::transient, std::nullopt, "Facebook did not keep the bytes it asked for"};
    if (next) {
        upload_.next = *next;
        sent_ = next->start;
        return send_part();
    }
    if (is_facebook_session_gone(reply))
        return upload_anew(meta_error(reply)->words);
    return trouble(reply);
}

// Of a reel: all bytes from here on.
Step FacebookPost::send_rest()
{
    question_ = Question::rest;
    stage_ = State::uploading;
    return rupload(upload_.url, sent_, order_.size).value();
}

Step FacebookPost::on_rest(const HttpReply& reply)
{
    const std::string words = rupload_words(reply);
    switch (rupload_outcome(reply)) {
    case Rupload::stored: sent_ = order_.size; return finish();
    case Rupload::gone: break;
    case Rupload::again:
        return Wait{Wait::Kind::transient, std::nullopt,
                    words.empty() ? "Facebook's upload host answered " + std::to_string(reply.status) : words};
    }
    if (reply.status == 401)
        return Reconnect{"Facebook does not take the access token"};
    if (Step known = trouble(reply); std::holds_alternative<Reconnect>(known))
        return known;
    return upload_anew(words);
}

Step FacebookPost::ask_offset()
{
    question_ = Question::offset;
    stage_ = State::uploading;
    return Send{.what = "ask how much of it is there",
                .method = "GET",
                .url = node("status"),
                .credentials = Send::Credentials::query};
}

Step FacebookPost::on_offset(const HttpReply& reply)
{
    const auto video = facebook_video(reply);
    if (!video)
        return trouble(reply);
    const auto bytes = uploaded_bytes(reply, "status");
    if (video->has_failed() || !bytes || *bytes > order_.size)
        return upload_anew(video->trouble);
    sent_ = *bytes;
    return sent_ < order_.size ? send_rest() : finish();
}

Step FacebookPost::finish()
{
    question_ = Question::finish;
    stage_ = State::committing;
    finished_at_ = clock_.now();
    looks_ = 0;
    HttpFields form{
        {"upload_phase", "finish"}, {"title", post_text(order_).title}, {"description", facebook_description(order_)}};
    if (reel_) {
        form.emplace_back("video_id", upload_.video);
        form.emplace_back("video_state", "PUBLISHED");
    } else {
        form.emplace_back("upload_session_id", upload_.session);
        form.emplace_back("published", "true");
        if (std::string category = option_text(order_, "category"); !category.empty())
            form.emplace_back("content_category", std::move(category));
    }
    Send send = edge("publish", form);
    send.purpose = Send::Purpose::commit;
    return send;
}

Step FacebookPost::on_finished(const HttpReply& reply)
{
    if (is_meta_success(reply)) {
        stage_ = State::confirming;
        return Wait{Wait::Kind::processing, clock_.now() + options_.first_look, "Facebook is processing the video"};
    }
    if (leaves_in_doubt(reply))
        return in_doubt("Facebook answered " + std::to_string(reply.status));
    stage_ = State::ready; // a complete answer that says no: nothing was published
    return is_facebook_session_gone(reply) ? upload_anew(meta_error(reply)->words) : trouble(reply);
}

Step FacebookPost::in_doubt(std::string why)
{
    return Wait{Wait::Kind::transient, clock_.now() + options_.finish_settles, std::move(why)};
}

Step FacebookPost::reconcile()
{
    if (clock_.now() < finished_at_ + options_.finish_settles)
        return Wait{Wait::Kind::transient, finished_at_ + options_.finish_settles,
                    "Facebook may still be at the request to publish"};
    return look();
}

Step FacebookPost::look()
{
    question_ = Question::look;
    const bool unsure = stage_ == State::committing;
    return Send{.what = unsure ? "ask whether it is being published" : "ask how the processing goes",
                .method = "GET",
                .url = node(reel_ ? "status,permalink_url" : "status,published,permalink_url"),
                .purpose = unsure ? Send::Purpose::reconcile : Send::Purpose::ordinary,
                .credentials = Send::Credentials::query};
}

Step FacebookPost::on_look(const HttpReply& reply)
{
    ++looks_;
    const auto video = facebook_video(reply);
    if (!video) {
        // A read that fails says nothing about the post.
        Step known = trouble(reply);
        const auto* refused = std::get_if<Refused>(&known);
        return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : known;
    }
    if (stage_ == State::committing && video->is_publishing())
        stage_ = State::confirming;
    if (video->has_failed())
        return Refused{Refused::Kind::processing_failed, "processing_failed",
                       video->trouble.empty() ? "Facebook cannot process the video" : video->trouble};
    const bool is_there = reel_ ? video->publishing == "complete" : video->state == "ready" && video->published == true;
    if (is_there)
        return published(*video);
    return stage_ == State::confirming
               ? Step(Wait{Wait::Kind::processing, clock_.now() + growing_pause(looks_, options_.first_look, 60s),
                           "Facebook is processing the video"})
               : not_visible(*video);
}

// Whether the request to publish arrived cannot be seen yet, or never will.
Step FacebookPost::not_visible(const FacebookVideo& video)
{
    if (looks_ < most_looks_for_finish || !video.is_waiting_for_finish())
        return Wait{Wait::Kind::transient, clock_.now() + growing_pause(looks_, options_.first_look, 300s),
                    "Facebook does not show yet whether the video is being published"};
    stage_ = State::ready;
    return Wait{Wait::Kind::transient, clock_.now(), "the request to publish did not reach Facebook"};
}

Step FacebookPost::published(const FacebookVideo& video)
{
    stage_ = State::confirming;
    const std::string usual = "https://www.facebook.com/" + std::string(reel_ ? "reel/" : "watch/?v=") + upload_.video;
    return Published{upload_.video, video.link.empty() ? usual : video.link};
}

} // namespace vitrina

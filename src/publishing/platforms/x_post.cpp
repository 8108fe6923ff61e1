#include "publishing/platforms/x_post.hpp"

#include "publishing/platforms/caption.hpp"
#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/multipart.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/waiting.hpp"
#include "publishing/weighted_length.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

constexpr std::uint64_t most_pieces = 1000;
constexpr int most_uploads = 3;
// The list may lag behind the post.
constexpr int most_looks_for_post = 5;

} // namespace

std::string x_text(const PublishOrder& order)
{
    const auto fits = [](const std::string& text) { return weighted_length(text) <= x_longest_text; };
    // No character weighs more than two.
    const bool title_fits = fits(post_text(order).title);
    return caption(order, title_fits ? x_longest_text : x_longest_text / 2, fits);
}

std::size_t x_cashtags(std::string_view text)
{
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    std::size_t tags = 0;
    for (std::size_t at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
        const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
        tags += begins && at + 1 < text.size() && is_letter(text[at + 1]);
    }
    return tags;
}

XPost::XPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory, const XOptions& options,
             const Clock& clock)
    : order_(order), account_(account), options_(options), clock_(clock)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    media_ = kept.text("media");
    uploads_ = int(kept.number("uploads"));
    piece_size_ = std::uint64_t(kept.number("piece_size"));
    stored_ = std::uint64_t(kept.number("stored"));
    finished_ = kept.number("finished") != 0;
    posted_at_ = kept.instant("posted_at");
    looks_for_post_ = int(kept.number("looks_for_post"));
}

std::string XPost::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"media", media_},
                                        {"uploads", uploads_},
                                        {"piece_size", std::int64_t(piece_size_)},
                                        {"stored", std::int64_t(stored_)},
                                        {"finished", int(finished_)},
                                        {"posted_at", in_memory(posted_at_)},
                                        {"looks_for_post", looks_for_post_}});
}

std::uint64_t XPost::confirmed_bytes() const
{
    return std::min(stored_ * piece_size_, order_.size);
}

std::uint64_t XPost::pieces() const
{
    return piece_size_ == 0 ? 0 : (order_.size + piece_size_ - 1) / piece_size_;
}

Step XPost::resume()
{
    if (stage_ == State::committing)
        return reconcile();
    if (stage_ == State::ready)
        return post();
    if (media_.empty())
        return open();
    if (finished_)
        return look();
    return stored_ < pieces() ? send_piece() : finish();
}

Step XPost::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::open: return on_opened(reply);
    case Question::piece: return on_piece(reply);
    case Question::finish:
    case Question::look: return on_finished(reply);
    case Question::post: return on_posted(reply);
    case Question::list: return on_list(reply);
    }
    return Undecided{};
}

Step XPost::on_loss(Loss loss)
{
    if (question_ == Question::post && loss == Loss::not_sent)
        stage_ = State::ready;
    if (question_ == Question::post && loss == Loss::unknown)
        return in_doubt("the connection broke while the post was on its way");
    // Whether the last piece arrived and the upload was closed, its state tells.
    if (question_ == Question::finish && loss == Loss::unknown)
        finished_ = true;
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to X was lost"};
}

Send XPost::call(std::string what, std::string method, std::string_view path) const
{
    return Send{
        .what = std::move(what), .method = std::move(method), .url = "https://api.x.com/2/" + std::string(path)};
}

Step XPost::open()
{
    question_ = Question::open;
    stage_ = State::opening;
    piece_size_ = std::max(options_.smallest_piece, (order_.size + most_pieces - 1) / most_pieces);
    stored_ = 0;
    finished_ = false;
    Send send = call("open an upload", "POST", "media/upload/initialize");
    send.headers = {{"Content-Type", "application/json"}};
    send.before =
        json::serialize(json::object{{"media_type", file_type(order_)},
                                     {"total_bytes", std::int64_t(order_.size)},
                                     {"media_category", option_text(order_, "media_category", "tweet_video")}});
    return send;
}

Step XPost::on_opened(const HttpReply& reply)
{
    const auto media = x_media(reply);
    if (!media)
        return x_trouble(reply, clock_.now());
    media_ = media->id;
    ++uploads_;
    stage_ = State::uploading;
    return send_piece();
}

Step XPost::send_piece()
{
    question_ = Question::piece;
    stage_ = State::uploading;
    MultipartFile body = multipart_file(order_, {{"segment_index", std::to_string(stored_)}}, "media");
    const std::uint64_t begin = stored_ * piece_size_;
    Send send = call("send a piece", "POST", "media/upload/" + media_ + "/append");
    send.headers = {{"Content-Type", std::move(body.content_type)}};
    send.before = std::move(body.before);
    send.slice = Slice{Slice::File::original, begin, std::min(piece_size_, order_.size - begin)};
    send.after = std::move(body.after);
    return send;
}

Step XPost::on_piece(const HttpReply& reply)
{
    if (reply.status >= 200 && reply.status < 300) {
        ++stored_;
        return stored_ < pieces() ? send_piece() : finish();
    }
    return on_upload_lost(reply);
}

// What X does not know any more, or closed, has to be uploaded anew; what it says of the person or of itself has not.
Step XPost::on_upload_lost(const HttpReply& reply)
{
    Step trouble = x_trouble(reply, clock_.now());
    const auto* refused = std::get_if<Refused>(&trouble);
    const bool too_large = reply.status == 413; // the edge's, with nothing in it
    if (!too_large && (!refused || refused->kind == Refused::Kind::not_permitted))
        return trouble;
    if (uploads_ >= most_uploads)
        return Refused{Refused::Kind::gave_up, "session_lost",
                       "X lost the upload three times: " + (refused ? refused->words : "413")};
    media_.clear();
    return open();
}

Step XPost::finish()
{
    question_ = Question::finish;
    return call("close the upload", "POST", "media/upload/" + media_ + "/finalize");
}

Step XPost::look()
{
    question_ = Question::look;
    return call("ask how the processing goes", "GET", "media/upload?command=STATUS&media_id=" + media_);
}

Step XPost::on_finished(const HttpReply& reply)
{
    const auto media = x_media(reply);
    if (!media)
        return on_upload_lost(reply);
    finished_ = true;
    switch (media->state) {
    case XMedia::State::processing: return processing(*media);
    case XMedia::State::failed:
        return Refused{Refused::Kind::processing_failed, "processing_failed",
                       media->why.empty() ? "X cannot process the video" : media->why};
    case XMedia::State::ready: break;
    }
    stage_ = State::ready;
    return post();
}

Step XPost::processing(const XMedia& media)
{
    stage_ = State::remote_processing;
    return Wait{Wait::Kind::processing, clock_.now() + std::chrono::seconds(media.look_after),
                "X is processing the video"};
}

Step XPost::post()
{
    question_ = Question::post;
    stage_ = State::committing;
    posted_at_ = clock_.now();
    looks_for_post_ = 0;
    json::object body{{"text", x_text(order_)}, {"media", json::object{{"media_ids", json::array{media_}}}}};
    // Unknown and unset members are refused.
    if (const std::string replies = option_text(order_, "replies", "everyone"); replies != "everyone")
        body["reply_settings"] = replies;
    if (option_yes(order_, "ai_generated", false))
        body["made_with_ai"] = true;
    if (option_yes(order_, "paid_partnership", false))
        body["paid_partnership"] = true;
    Send send = call("post", "POST", "tweets");
    send.headers = {{"Content-Type", "application/json"}};
    send.before = json::serialize(body);
    send.purpose = Send::Purpose::commit;
    return send;
}

Step XPost::on_posted(const HttpReply& reply)
{
    if (const auto id = x_post_id(reply))
        return published(*id);
    // The words are there already: it may have been us.
    if (is_x_duplicate(reply))
        return in_doubt("X says that the account has posted these words already");
    const XError error = x_error(reply);
    const bool refusal = reply.status >= 400 && reply.status < 500 && reply.status != 408 &&
                         !(error.kind.empty() && error.words.empty());
    if (!refusal && reply.status != 429)
        return in_doubt("X answered " + std::to_string(reply.status));
    // A complete answer that says no: nothing was posted.
    stage_ = State::ready;
    return is_x_medium_refused(reply) ? on_upload_lost(reply) : x_trouble(reply, clock_.now());
}

Step XPost::in_doubt(std::string why)
{
    return Wait{Wait::Kind::transient, clock_.now() + options_.post_settles, std::move(why)};
}

Step XPost::reconcile()
{
    if (clock_.now() < posted_at_ + options_.post_settles)
        return Wait{Wait::Kind::transient, posted_at_ + options_.post_settles, "X may still be at the post"};
    question_ = Question::list;
    Send send = call("look for the post in the account's list", "GET",
                     "users/" + url_escape(account_.remote_id) + "/tweets?max_results=10&tweet.fields=attachments");
    send.purpose = Send::Purpose::reconcile;
    return send;
}

Step XPost::on_list(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"X does not take the access token"};
    if (reply.status != 200) {
        Step trouble = x_trouble(reply, clock_.now());
        return std::holds_alternative<Wait>(trouble)
                   ? trouble
                   : Step(Wait{Wait::Kind::transient, std::nullopt, "X does not list the account's posts"});
    }
    const XFound found = x_posts_with(reply, media_);
    found_ = found.posts;
    if (found.posts > 0)
        return published(found.id);
    if (++looks_for_post_ < most_looks_for_post)
        return Wait{Wait::Kind::transient, clock_.now() + growing_pause(looks_for_post_, options_.look_again, 300s),
                    "the post is not among the account's last ones yet"};
    return Undecided{"The connection broke while the post was on its way. It is not among the account's last 10 posts, "
                     "which X sometimes lists late: look there before publishing again."};
}

Step XPost::published(const std::string& id)
{
    stage_ = State::confirming;
    return Published{id, "https://x.com/i/status/" + id};
}

} // namespace vitrina

#include "publishing/platforms/instagram_post.hpp"

#include "publishing/platforms/caption.hpp"
#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/meta_reply.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/waiting.hpp"

#include <boost/json/serialize.hpp>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

constexpr int most_containers = 3;
constexpr int most_looks = 5; // for what should be there and is not
constexpr int most_hashtags = 30;

} // namespace

int count_marked(std::string_view caption, char mark)
{
    int count = 0;
    for (std::size_t i = 0; i + 1 < caption.size(); ++i) {
        const bool starts = i == 0 || caption[i - 1] == ' ' || caption[i - 1] == '\n' || caption[i - 1] == '\t';
        const char next = caption[i + 1];
        if (caption[i] == mark && starts && next != ' ' && next != '\n' && next != mark)
            ++count;
    }
    return count;
}

std::string instagram_caption(const PublishOrder& order)
{
    const auto fits = [](const std::string& text) {
        return characters(text) <= instagram_longest_caption && count_marked(text, '#') <= most_hashtags;
    };
    return caption(order, instagram_longest_caption, fits);
}

InstagramPost::InstagramPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                             const InstagramOptions& options, const Clock& clock)
    : order_(order), account_(account), options_(options), clock_(clock)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    container_ = {kept.text("container"), kept.text("url")};
    containers_ = int(kept.number("containers"));
    sent_ = std::uint64_t(kept.number("sent"));
    looks_ = int(kept.number("looks"));
    published_at_ = kept.instant("published_at");
    refused_ = kept.text("refused");
    gone_ = kept.number("gone") != 0;
    media_ = kept.text("media");
}

std::string InstagramPost::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"container", container_.id},
                                        {"url", container_.url},
                                        {"containers", containers_},
                                        {"sent", std::int64_t(sent_)},
                                        {"looks", looks_},
                                        {"published_at", in_memory(published_at_)},
                                        {"refused", refused_},
                                        {"gone", int(gone_)},
                                        {"media", media_}});
}

Step InstagramPost::resume()
{
    if (stage_ == State::confirming)
        return media_.empty() ? list() : ask_link();
    if (stage_ == State::committing)
        return reconcile();
    if (stage_ == State::ready)
        return ask_limit();
    return container_.id.empty() ? open() : look();
}

Step InstagramPost::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::open: return on_opened(reply);
    case Question::rest: return on_rest(reply);
    case Question::look: return on_look(reply);
    case Question::limit: return on_limit(reply);
    case Question::publish: return on_published(reply);
    case Question::outcome: return on_outcome(reply);
    case Question::list: return on_list(reply);
    case Question::link: return on_link(reply);
    }
    return Undecided{};
}

Step InstagramPost::on_loss(Loss loss)
{
    if (question_ == Question::publish && loss == Loss::not_sent)
        stage_ = State::ready;
    if (question_ == Question::publish && loss == Loss::unknown)
        return in_doubt("the connection broke while the request to publish was on its way");
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to Instagram was lost"};
}

Send InstagramPost::ask(std::string what, std::string path) const
{
    return Send{.what = std::move(what),
                .method = "GET",
                .url = "https://graph.facebook.com/" + options_.version + "/" + std::move(path),
                .credentials = Send::Credentials::query};
}

Send InstagramPost::tell(std::string what, std::string edge, const HttpFields& form) const
{
    Send send = ask(std::move(what), url_escape(account_.remote_id) + "/" + std::move(edge));
    send.method = "POST";
    send.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    send.before = form_body(form);
    return send;
}

Step InstagramPost::trouble(const HttpReply& reply) const
{
    return meta_trouble(reply, clock_.now(), "Instagram");
}

// A read that fails says nothing about the post.
Step InstagramPost::read_later(const HttpReply& reply) const
{
    Step known = trouble(reply);
    const auto* refused = std::get_if<Refused>(&known);
    return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : known;
}

Step InstagramPost::open()
{
    question_ = Question::open;
    stage_ = State::opening;
    HttpFields form{{"media_type", "REELS"},
                    {"upload_type", "resumable"},
                    {"caption", instagram_caption(order_)},
                    {"share_to_feed", option_yes(order_, "share_to_feed", true) ? "true" : "false"}};
    if (const auto* at = order_.options.if_contains("cover_at"); at && at->is_int64())
        form.emplace_back("thumb_offset", std::to_string(at->get_int64()));
    if (const auto* names = order_.options.if_contains("collaborators"); names && is_list_of_texts(*names))
        form.emplace_back("collaborators", json::serialize(*names));
    return tell("open a container", "media", form);
}

Step InstagramPost::on_opened(const HttpReply& reply)
{
    auto container = instagram_container(reply, order_.size);
    if (const auto error = meta_error(reply); error && error->is(100, 33))
        return Refused{Refused::Kind::not_permitted, error->name(), error->words}; // the account is not this token's
    if (!container)
        return trouble(reply);
    container_ = *std::move(container);
    ++containers_;
    sent_ = 0;
    looks_ = 0;
    return send_rest();
}

Step InstagramPost::container_anew(std::string words)
{
    if (containers_ >= most_containers)
        return Refused{Refused::Kind::gave_up, "session_lost",
                       "Instagram lost the upload three times" + (words.empty() ? "" : ": " + words)};
    container_ = {};
    sent_ = 0;
    refused_.clear();
    gone_ = false;
    return open();
}

Step InstagramPost::send_rest()
{
    question_ = Question::rest;
    stage_ = State::uploading;
    return rupload(container_.url, sent_, order_.size).value();
}

Step InstagramPost::on_rest(const HttpReply& reply)
{
    const std::string words = rupload_words(reply);
    switch (rupload_outcome(reply)) {
    case Rupload::stored: sent_ = order_.size; return look();
    case Rupload::gone: break;
    case Rupload::again:
        return Wait{Wait::Kind::transient, std::nullopt,
                    words.empty() ? "Instagram's upload host answered " + std::to_string(reply.status) : words};
    }
    if (Step known = trouble(reply); std::holds_alternative<Reconnect>(known))
        return known;
    return container_anew(words);
}

Step InstagramPost::look()
{
    question_ = Question::look;
    stage_ = sent_ < order_.size ? State::uploading : State::remote_processing;
    return ask("ask how the processing goes",
               url_escape(container_.id) + "?fields=" + url_escape("status_code,status,video_status"));
}

Step InstagramPost::on_look(const HttpReply& reply)
{
    ++looks_;
    const auto status = instagram_status(reply);
    if (!status) {
        const auto error = meta_error(reply);
        return error && error->is(100, 33) && looks_ > most_looks ? container_anew(error->words) : read_later(reply);
    }
    if (status->code == "EXPIRED")
        return container_anew("the container has expired");
    if (status->code == "ERROR")
        return Refused{Refused::Kind::processing_failed, "processing_failed",
                       status->words.empty() ? "Instagram cannot process the video" : status->words};
    if (status->code == "PUBLISHED") { // whatever we believed to be proven
        sent_ = order_.size;
        stage_ = State::confirming;
        looks_ = 0;
        return list();
    }
    if (status->code == "FINISHED") {
        sent_ = order_.size;
        stage_ = State::ready;
        return ask_limit();
    }
    if (sent_ < order_.size) {
        const auto bytes = uploaded_bytes(reply, "video_status");
        if (!bytes || *bytes > order_.size)
            return container_anew("it does not say how much of the video it has");
        sent_ = *bytes;
        if (sent_ < order_.size)
            return send_rest();
    }
    stage_ = State::remote_processing;
    return Wait{Wait::Kind::processing, clock_.now() + growing_pause(looks_ - 1, options_.first_look, 60s),
                "Instagram is processing the video"};
}

Step InstagramPost::ask_limit()
{
    question_ = Question::limit;
    stage_ = State::ready;
    return ask("ask how many posts are left today",
               url_escape(account_.remote_id) + "/content_publishing_limit?fields=" + url_escape("config,quota_usage"));
}

Step InstagramPost::on_limit(const HttpReply& reply)
{
    const auto full = is_instagram_full(reply);
    if (!full && meta_error(reply))
        return trouble(reply);
    if (full && *full)
        return Wait{Wait::Kind::quota, clock_.now() + 1h, "the account's posts of a day are used up"};
    return publish();
}

Step InstagramPost::publish()
{
    question_ = Question::publish;
    stage_ = State::committing;
    published_at_ = clock_.now();
    looks_ = 0;
    refused_.clear();
    Send send = tell("publish", "media_publish", {{"creation_id", container_.id}});
    send.purpose = Send::Purpose::commit;
    return send;
}

Step InstagramPost::on_published(const HttpReply& reply)
{
    if (auto media = instagram_media(reply)) {
        media_ = *std::move(media);
        stage_ = State::confirming;
        return ask_link();
    }
    if (is_instagram_not_ready(reply)) {
        stage_ = State::remote_processing;
        return Wait{Wait::Kind::processing, clock_.now() + options_.first_look, "Instagram is processing the video"};
    }
    // "The container is gone" may be said of one that was published.
    if (leaves_in_doubt(reply) || is_instagram_container_gone(reply)) {
        const auto error = meta_error(reply);
        const bool final = error && !error->transient && reply.status < 500;
        refused_ = final ? error->name() + ": " + error->words : "";
        return in_doubt(error ? "Instagram answered: " + error->words
                              : "Instagram answered " + std::to_string(reply.status));
    }
    stage_ = State::ready; // a complete answer that says no: nothing was published
    return trouble(reply);
}

Step InstagramPost::in_doubt(std::string why)
{
    return Wait{Wait::Kind::transient, clock_.now() + options_.publish_settles, std::move(why)};
}

Step InstagramPost::reconcile()
{
    if (clock_.now() < published_at_ + options_.publish_settles)
        return Wait{Wait::Kind::transient, published_at_ + options_.publish_settles,
                    "Instagram may still be at the request to publish"};
    if (gone_)
        return list();
    question_ = Question::outcome;
    Send send =
        ask("ask whether it was published", url_escape(container_.id) + "?fields=" + url_escape("status_code,status"));
    send.purpose = Send::Purpose::reconcile;
    return send;
}

Step InstagramPost::on_outcome(const HttpReply& reply)
{
    ++looks_;
    const auto status = instagram_status(reply);
    const auto error = meta_error(reply);
    if (!status && error && error->is(100, 33) && looks_ >= most_looks) {
        gone_ = true; // what became of it only the list of posts can tell
        looks_ = 0;
        return list();
    }
    if (!status)
        return read_later(reply);
    if (status->code == "PUBLISHED") {
        stage_ = State::confirming;
        looks_ = 0;
        return list();
    }
    if (looks_ < most_looks && status->code != "EXPIRED")
        return Wait{Wait::Kind::transient, clock_.now() + growing_pause(looks_, options_.look_again, 60s),
                    "Instagram does not show yet whether it was published"};
    return not_there();
}

// A container that was published says so for as long as it is there, and it expires only unpublished.
Step InstagramPost::not_there()
{
    stage_ = State::ready;
    if (refused_.find("/2207051") != std::string::npos)
        return Refused{Refused::Kind::not_permitted, "action_blocked",
                       "Instagram blocks this account's posts for now: " + refused_};
    looks_ = 0;
    stage_ = State::remote_processing; // it is looked at, and published or opened anew
    return Wait{Wait::Kind::transient, clock_.now(), "the request to publish did not reach Instagram"};
}

Step InstagramPost::list()
{
    question_ = Question::list;
    Send send =
        ask("look for the post among the account's last ones",
            url_escape(account_.remote_id) + "/media?fields=" + url_escape("id,caption,timestamp") + "&limit=10");
    send.purpose = stage_ == State::committing ? Send::Purpose::reconcile : Send::Purpose::ordinary;
    return send;
}

Step InstagramPost::on_list(const HttpReply& reply)
{
    ++looks_;
    const auto matches = instagram_posts_like(reply, instagram_caption(order_), published_at_);
    if (matches && matches->posts == 1) {
        media_ = matches->media;
        stage_ = State::confirming;
        looks_ = 0;
        found_ = 1;
        return ask_link();
    }
    if (looks_ < most_looks)
        return matches ? Wait{Wait::Kind::transient, clock_.now() + growing_pause(looks_, options_.look_again, 300s),
                              "the post is not among the account's last ones yet"}
                       : read_later(reply);
    if (stage_ == State::confirming) // the container said that it is there
        return Published{};
    return Undecided{"The connection broke while the request to publish was on its way, and Instagram shows neither "
                     "what was to be published nor the post: look there before publishing again."};
}

Step InstagramPost::ask_link()
{
    question_ = Question::link;
    return ask("ask for the address", url_escape(media_) + "?fields=" + url_escape("permalink,shortcode,timestamp"));
}

// For minutes after a good publish this may fail: the post does not.
Step InstagramPost::on_link(const HttpReply& reply)
{
    ++looks_;
    std::string link = instagram_link(reply);
    if (link.empty() && looks_ < most_looks)
        return read_later(reply);
    return Published{media_, std::move(link)};
}

} // namespace vitrina

#include "publishing/platforms/mastodon_post.hpp"

#include "publishing/platforms/caption.hpp"
#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/multipart.hpp"
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
// The server remembers a key for an hour; the margin is for clocks that differ.
constexpr auto key_known_for = 55min;

std::vector<std::string> broken_limits(const PublishOrder& order, const std::string& text, const MastodonLimits& limits)
{
    std::vector<std::string> broken;
    const auto length = mastodon_characters(text, limits.characters_per_url);
    if (length > limits.characters)
        broken.push_back("the text has " + std::to_string(length) + " characters, the server takes " +
                         std::to_string(limits.characters));
    if (order.size > std::uint64_t(limits.video_bytes))
        broken.push_back("the video has " + std::to_string(order.size) + " bytes, the server takes " +
                         std::to_string(limits.video_bytes));
    if (std::int64_t(order.width) * order.height > limits.pixels)
        broken.push_back("the picture has more than the server's " + std::to_string(limits.pixels) + " pixels");
    if (order.frame_rate > double(limits.frame_rate))
        broken.push_back("the video has more than the server's " + std::to_string(limits.frame_rate) +
                         " frames per second");
    if (!limits.types.empty() && std::ranges::find(limits.types, order.content_type) == limits.types.end())
        broken.push_back("the server does not take " + order.content_type);
    return broken;
}

} // namespace

std::string mastodon_text(const PublishOrder& order, const MastodonLimits& limits)
{
    return caption(order, std::size_t(limits.characters), [&limits](const std::string& text) {
        return mastodon_characters(text, limits.characters_per_url) <= limits.characters;
    });
}

MastodonPost::MastodonPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                           const MastodonOptions& options, const Clock& clock)
    : order_(order), account_(account), options_(options), clock_(clock)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    text_ = kept.text("text");
    media_ = kept.text("media");
    uploads_ = int(kept.number("uploads"));
    looks_ = int(kept.number("looks"));
    committed_at_ = kept.instant("committed_at");
    posted_at_ = kept.instant("posted_at");
}

std::string MastodonPost::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"text", text_},
                                        {"media", media_},
                                        {"uploads", uploads_},
                                        {"looks", looks_},
                                        {"committed_at", committed_at_.time_since_epoch().count()},
                                        {"posted_at", posted_at_.time_since_epoch().count()}});
}

Step MastodonPost::resume()
{
    switch (stage_) {
    case State::remote_processing: return ask_media();
    case State::ready: return post(Send::Purpose::commit);
    case State::committing: return reconcile();
    case State::uploading: return upload(); // there is no resuming: a broken upload is repeated whole
    default: return ask_limits();
    }
}

Step MastodonPost::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::limits: return on_limits(reply);
    case Question::upload: return on_uploaded(reply);
    case Question::media: return on_media(reply);
    case Question::post:
    case Question::again: return on_posted(reply);
    case Question::list: return on_list(reply);
    case Question::attached: return on_attached(reply);
    }
    return Undecided{};
}

Step MastodonPost::on_loss(Loss loss)
{
    if (question_ == Question::post && loss == Loss::not_sent)
        stage_ = State::ready;
    if (question_ == Question::post && loss == Loss::unknown)
        return in_doubt("the connection broke while the post was on its way");
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to the server was lost"};
}

Step MastodonPost::ask_limits()
{
    question_ = Question::limits;
    stage_ = State::opening;
    return Send{.what = "ask for the server's limits",
                .method = "GET",
                .url = account_.base_url + "/api/v2/instance",
                .credentials = Send::Credentials::none};
}

Step MastodonPost::on_limits(const HttpReply& reply)
{
    if (reply.status >= 500 || reply.status == 429)
        return mastodon_trouble(reply, clock_.now());
    // Servers that are only compatible may not have it: Mastodon's defaults then.
    const MastodonLimits limits = reply.status == 200 ? mastodon_limits(reply) : MastodonLimits{};
    text_ = mastodon_text(order_, limits);
    std::string words;
    for (const std::string& broken : broken_limits(order_, text_, limits))
        words += (words.empty() ? "" : "; ") + broken;
    if (!words.empty())
        return Refused{Refused::Kind::invalid_content, "limits", words};
    return upload();
}

Step MastodonPost::upload()
{
    question_ = Question::upload;
    stage_ = State::uploading;
    media_.clear();
    looks_ = 0;
    HttpFields fields;
    if (std::string alt = option_text(order_, "alt_text"); !alt.empty())
        fields.emplace_back("description", std::move(alt));
    MultipartFile body = multipart_file(order_, fields, "file");
    return Send{.what = "upload the video",
                .method = "POST",
                .url = account_.base_url + "/api/v2/media",
                .headers = {{"Content-Type", std::move(body.content_type)}},
                .before = std::move(body.before),
                .slice = Slice{Slice::File::original, 0, order_.size},
                .after = std::move(body.after),
                .answer_within = 300s};
}

Step MastodonPost::on_uploaded(const HttpReply& reply)
{
    if (reply.status != 200 && reply.status != 202)
        return mastodon_trouble(reply, clock_.now());
    const auto medium = mastodon_status(reply);
    if (!medium)
        return Wait{Wait::Kind::transient, std::nullopt, "the server's answer to the upload cannot be read"};
    media_ = medium->id;
    ++uploads_;
    if (reply.status == 202) {
        stage_ = State::remote_processing;
        return processing();
    }
    stage_ = State::ready;
    return post(Send::Purpose::commit);
}

Step MastodonPost::processing()
{
    const auto pause = growing_pause(looks_++, options_.first_look, 15s);
    return Wait{Wait::Kind::processing, clock_.now() + pause, "the server is processing the video"};
}

Step MastodonPost::ask_media()
{
    question_ = Question::media;
    return Send{
        .what = "ask how the processing goes", .method = "GET", .url = account_.base_url + "/api/v1/media/" + media_};
}

Step MastodonPost::on_media(const HttpReply& reply)
{
    switch (reply.status) {
    case 200: stage_ = State::ready; return post(Send::Purpose::commit);
    case 206: return processing();
    case 404:
        if (uploads_ < most_uploads)
            return upload();
        return Refused{Refused::Kind::processing_failed, "media_lost",
                       "the server lost the uploaded video three times"};
    case 422: {
        const std::string error = mastodon_error(reply);
        return Refused{Refused::Kind::processing_failed, "422",
                       error.empty() ? "the server cannot read the video" : error};
    }
    default: {
        Step trouble = mastodon_trouble(reply, clock_.now());
        const auto* refused = std::get_if<Refused>(&trouble);
        return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
    }
    }
}

Step MastodonPost::post(Send::Purpose purpose)
{
    const bool first = purpose == Send::Purpose::commit;
    question_ = first ? Question::post : Question::again;
    stage_ = State::committing;
    posted_at_ = clock_.now();
    if (first)
        committed_at_ = posted_at_;
    json::object body{{"status", text_},
                      {"media_ids", json::array{media_}},
                      {"visibility", option_text(order_, "privacy", "public")},
                      {"sensitive", option_yes(order_, "sensitive", false)}};
    for (const char* name : {"spoiler_text", "language"})
        if (const std::string value = option_text(order_, name); !value.empty())
            body[name] = value;
    return Send{.what = first ? "post the status" : "post the status again with the same key",
                .method = "POST",
                .url = account_.base_url + "/api/v1/statuses",
                .headers = {{"Content-Type", "application/json"}, {"Idempotency-Key", order_.client_key}},
                .before = json::serialize(body),
                .purpose = purpose};
}

Step MastodonPost::on_posted(const HttpReply& reply)
{
    if (reply.status == 200) {
        const auto status = mastodon_status(reply);
        return status ? published(*status) : in_doubt("the server's answer to the post cannot be read");
    }
    const std::string error = mastodon_error(reply);
    const bool refusal = reply.status >= 400 && reply.status < 500 && reply.status != 408 && !error.empty();
    if (!refusal)
        return in_doubt("the server answered " + std::to_string(reply.status));
    if (reply.status == 429) { // the key makes it safe to come back
        Step trouble = mastodon_trouble(reply, clock_.now());
        return trouble;
    }
    if (reply.status == 422 && error.find("processing") != error.npos) {
        stage_ = State::remote_processing;
        return processing();
    }
    // A no to the second try (the token ended meanwhile, the medium is attached already) is no proof about the first.
    if (question_ == Question::again)
        return reply.status == 401 ? Step(Reconnect{"the server does not take the access token"}) : ask_list();
    // A complete answer of the API that says no: the status was not made.
    stage_ = State::ready;
    return mastodon_trouble(reply, clock_.now());
}

Step MastodonPost::in_doubt(std::string why)
{
    return Wait{Wait::Kind::transient, posted_at_ + options_.post_settles, std::move(why)};
}

Step MastodonPost::published(const MastodonStatus& status)
{
    stage_ = State::confirming;
    return Published{status.id, status.url};
}

Step MastodonPost::reconcile()
{
    // Also after a restart: the server may still be at the post that the last process sent.
    if (clock_.now() < posted_at_ + options_.post_settles)
        return in_doubt("the server may still be at the post");
    return clock_.now() < committed_at_ + key_known_for ? post(Send::Purpose::reconcile) : ask_list();
}

Step MastodonPost::ask_list()
{
    question_ = Question::list;
    return Send{.what = "look for the status in the account's list",
                .method = "GET",
                .url = account_.base_url + "/api/v1/accounts/" + url_escape(account_.remote_id) +
                       "/statuses?limit=20&only_media=true",
                .purpose = Send::Purpose::reconcile};
}

Step MastodonPost::on_list(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"the server does not take the access token"};
    if (reply.status != 200)
        return Wait{Wait::Kind::transient, std::nullopt, "the server does not list the account's statuses"};
    if (const auto status = mastodon_status_with(reply, media_))
        return published(*status);
    return ask_attached();
}

Step MastodonPost::ask_attached()
{
    question_ = Question::attached;
    return Send{.what = "ask whether the video is still unattached",
                .method = "GET",
                .url = account_.base_url + "/api/v1/media/" + media_,
                .purpose = Send::Purpose::reconcile};
}

Step MastodonPost::on_attached(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"the server does not take the access token"};
    if (reply.status == 200) { // only a medium that no status shows can be asked for: nothing was posted
        stage_ = State::ready;
        return Wait{Wait::Kind::transient, std::nullopt, "the post did not arrive"};
    }
    if (reply.status == 404)
        return Undecided{"The connection broke while the post was on its way. It is not among the account's last 20 "
                         "posts with media: look there before publishing again."};
    return Wait{Wait::Kind::transient, std::nullopt, "the server does not tell what became of the post"};
}

} // namespace vitrina

#include "publishing/platforms/linkedin_post.hpp"

#include "publishing/platforms/caption.hpp"
#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/linkedin_text.hpp"
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
constexpr int most_stalls = 10;
constexpr int most_looks_for_post = 5; // the list may lag behind the post

std::string without_quotes(std::string_view etag)
{
    const bool quoted = etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
    return std::string(quoted ? etag.substr(1, etag.size() - 2) : etag);
}

} // namespace

std::string linkedin_commentary(const PublishOrder& order)
{
    // Whether the limit counts before or after escaping is not said: the longer one has to fit.
    const auto fits = [](const std::string& text) { return characters(little_text(text)) <= linkedin_longest_text; };
    return caption(order, linkedin_longest_text / 2, fits);
}

LinkedinPost::LinkedinPost(const PublishOrder& order, const AccountFacts& account, std::string_view memory,
                           const LinkedinOptions& options, const Clock& clock)
    : order_(order), account_(account), options_(options), clock_(clock)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    upload_.video = kept.text("video");
    upload_.token = kept.text("token");
    for (std::size_t i = 0; i < kept.json().size({"parts"}); ++i) {
        const std::string at = std::to_string(i);
        const auto* last = kept.json().find({"parts", at, "last"});
        const std::uint64_t first = upload_.parts.empty() ? 0 : upload_.parts.back().last + 1;
        upload_.parts.push_back({kept.json().text({"parts", at, "url"}), first, std::uint64_t(last->get_int64())});
    }
    for (std::size_t i = 0; i < kept.json().size({"etags"}); ++i)
        etags_.push_back(kept.json().text({"etags", std::to_string(i)}));
    uploads_ = int(kept.number("uploads"));
    quoted_ = kept.number("quoted") != 0;
    finished_ = kept.number("finished") != 0;
    looks_ = int(kept.number("looks"));
    stalls_ = int(kept.number("stalls"));
    posted_at_ = kept.instant("posted_at");
    looks_for_post_ = int(kept.number("looks_for_post"));
    duplicate_ = kept.text("duplicate");
}

std::string LinkedinPost::memory() const
{
    json::array parts;
    if (!finished_) // their addresses are long, and not needed any more
        for (const LinkedinPart& part : upload_.parts)
            parts.push_back(json::object{{"url", part.url}, {"last", std::int64_t(part.last)}});
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"video", upload_.video},
                                        {"token", upload_.token},
                                        {"parts", std::move(parts)},
                                        {"etags", json::array(etags_.begin(), etags_.end())},
                                        {"uploads", uploads_},
                                        {"quoted", int(quoted_)},
                                        {"finished", int(finished_)},
                                        {"looks", looks_},
                                        {"stalls", stalls_},
                                        {"posted_at", in_memory(posted_at_)},
                                        {"looks_for_post", looks_for_post_},
                                        {"duplicate", duplicate_}});
}

std::uint64_t LinkedinPost::confirmed_bytes() const
{
    if (finished_)
        return order_.size;
    return etags_.empty() ? 0 : upload_.parts[etags_.size() - 1].last + 1;
}

Step LinkedinPost::resume()
{
    if (stage_ == State::committing)
        return reconcile();
    if (stage_ == State::ready)
        return post();
    if (upload_.video.empty())
        return open();
    if (finished_)
        return look();
    return etags_.size() < upload_.parts.size() ? send_part() : finish();
}

Step LinkedinPost::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::open: return on_opened(reply);
    case Question::part: return on_part(reply);
    case Question::finish: return on_finished(reply);
    case Question::look: return on_video(reply);
    case Question::post: return on_posted(reply);
    case Question::list: return on_list(reply);
    case Question::duplicate: return on_duplicate(reply);
    }
    return Undecided{};
}

Step LinkedinPost::on_loss(Loss loss)
{
    if (question_ == Question::post && loss == Loss::not_sent)
        stage_ = State::ready;
    if (question_ == Question::post && loss == Loss::unknown)
        return in_doubt("the connection broke while the post was on its way");
    return Wait{Wait::Kind::transient, std::nullopt, "the connection to LinkedIn was lost"};
}

Send LinkedinPost::call(std::string what, std::string method, std::string path) const
{
    return Send{.what = std::move(what),
                .method = std::move(method),
                .url = "https://api.linkedin.com/rest/" + std::move(path),
                .headers = {{"LinkedIn-Version", options_.version}, {"X-Restli-Protocol-Version", "2.0.0"}}};
}

Send LinkedinPost::calling(std::string what, std::string path, const json::object& body) const
{
    Send send = call(std::move(what), "POST", std::move(path));
    send.headers.emplace_back("Content-Type", "application/json");
    send.before = json::serialize(body);
    return send;
}

Step LinkedinPost::open()
{
    question_ = Question::open;
    stage_ = State::opening;
    return calling("open an upload", "videos?action=initializeUpload",
                   {{"initializeUploadRequest",
                     {{"owner", account_.remote_id},
                      {"fileSizeBytes", std::int64_t(order_.size)},
                      {"uploadCaptions", false},
                      {"uploadThumbnail", false}}}});
}

Step LinkedinPost::on_opened(const HttpReply& reply)
{
    auto upload = linkedin_upload(reply, order_.size);
    if (!upload)
        return linkedin_trouble(reply, clock_.now());
    upload_ = *std::move(upload);
    etags_.clear();
    ++uploads_;
    quoted_ = finished_ = false;
    return send_part();
}

Step LinkedinPost::send_part()
{
    question_ = Question::part;
    stage_ = State::uploading;
    const LinkedinPart& part = upload_.parts[etags_.size()];
    return Send{.what = "send bytes " + std::to_string(part.first) + "-" + std::to_string(part.last),
                .method = "PUT",
                .url = part.url,
                .headers = {{"Content-Type", "application/octet-stream"}},
                .slice = Slice{Slice::File::original, part.first, part.last - part.first + 1},
                .credentials = Send::Credentials::none};
}

Step LinkedinPost::on_part(const HttpReply& reply)
{
    const std::string_view etag = reply.header("ETag");
    if (reply.status >= 200 && reply.status < 300 && !etag.empty()) {
        etags_.emplace_back(etag);
        return etags_.size() < upload_.parts.size() ? send_part() : finish();
    }
    const bool gone = reply.status >= 400 && reply.status < 500 && reply.status != 408 && reply.status != 429;
    if (gone)
        return upload_anew(reply);
    return Wait{Wait::Kind::transient, std::nullopt, "LinkedIn's upload host answered " + std::to_string(reply.status)};
}

Step LinkedinPost::upload_anew(const HttpReply& reply)
{
    if (uploads_ >= most_uploads) {
        const std::string words = linkedin_error(reply).words;
        return Refused{Refused::Kind::gave_up, "session_lost",
                       "LinkedIn lost the upload three times" + (words.empty() ? "" : ": " + words)};
    }
    upload_ = {};
    etags_.clear();
    finished_ = false;
    return open();
}

Step LinkedinPost::finish()
{
    question_ = Question::finish;
    json::array parts;
    for (const std::string& etag : etags_)
        parts.emplace_back(quoted_ ? etag : without_quotes(etag));
    return calling(
        "close the upload", "videos?action=finalizeUpload",
        {{"finalizeUploadRequest",
          {{"video", upload_.video}, {"uploadToken", upload_.token}, {"uploadedPartIds", std::move(parts)}}}});
}

Step LinkedinPost::on_finished(const HttpReply& reply)
{
    if (reply.status == 200) {
        finished_ = true;
        stage_ = State::remote_processing;
        return look();
    }
    if (reply.status == 400 && !quoted_) {
        quoted_ = true;
        return finish();
    }
    Step trouble = linkedin_trouble(reply, clock_.now());
    const auto* refused = std::get_if<Refused>(&trouble);
    const bool theirs = refused && refused->kind != Refused::Kind::not_permitted;
    return theirs ? upload_anew(reply) : trouble;
}

Step LinkedinPost::look()
{
    question_ = Question::look;
    stage_ = State::remote_processing;
    return call("ask how the processing goes", "GET", "videos/" + url_escape(upload_.video));
}

Step LinkedinPost::on_video(const HttpReply& reply)
{
    ++looks_;
    // A member may not be allowed to look: then the post itself says whether it is too early.
    if (reply.status == 403) {
        if (stalls_ == 0)
            return not_yet();
        stage_ = State::ready;
        return post();
    }
    const auto video = linkedin_video(reply);
    if (!video) {
        Step trouble = linkedin_trouble(reply, clock_.now());
        const auto* refused = std::get_if<Refused>(&trouble);
        return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
    }
    if (video->status == "PROCESSING_FAILED")
        return Refused{Refused::Kind::processing_failed, "processing_failed",
                       video->failure.empty() ? "LinkedIn cannot process the video" : video->failure};
    if (video->status != "AVAILABLE")
        return Wait{Wait::Kind::processing, clock_.now() + growing_pause(looks_, options_.first_look, 60s),
                    "LinkedIn is processing the video"};
    stage_ = State::ready;
    return post();
}

Step LinkedinPost::not_yet()
{
    stage_ = State::remote_processing;
    if (++stalls_ > most_stalls)
        return Refused{Refused::Kind::gave_up, "processing_timeout", "LinkedIn never says that the video is there"};
    return Wait{Wait::Kind::processing, clock_.now() + growing_pause(stalls_, options_.first_look, 300s),
                "LinkedIn is processing the video"};
}

Step LinkedinPost::post()
{
    question_ = Question::post;
    stage_ = State::committing;
    posted_at_ = clock_.now();
    looks_for_post_ = 0;
    json::object media{{"id", upload_.video}};
    if (const std::string title = post_text(order_).title; !title.empty())
        media["title"] = title;
    const std::string visibility = option_text(order_, "privacy", "public");
    const char* seen_by = visibility == "connections" ? "CONNECTIONS"
                          : visibility == "members"   ? "LOGGED_IN"
                                                      : "PUBLIC";
    Send send = calling("post", "posts",
                        {{"author", account_.remote_id},
                         {"commentary", little_text(linkedin_commentary(order_))},
                         {"visibility", seen_by},
                         {"distribution",
                          {{"feedDistribution", "MAIN_FEED"},
                           {"targetEntities", json::array()},
                           {"thirdPartyDistributionChannels", json::array()}}},
                         {"content", {{"media", std::move(media)}}},
                         {"lifecycleState", "PUBLISHED"},
                         {"isReshareDisabledByAuthor", !option_yes(order_, "reshares", true)}});
    send.purpose = Send::Purpose::commit;
    return send;
}

Step LinkedinPost::on_posted(const HttpReply& reply)
{
    if (auto urn = linkedin_post(reply))
        return published(*std::move(urn));
    if (auto duplicate = linkedin_duplicate(reply)) {
        duplicate_ = *std::move(duplicate);
        return in_doubt("LinkedIn says that this was posted already");
    }
    const LinkedinError error = linkedin_error(reply);
    const bool refusal = reply.status >= 400 && reply.status < 500 && reply.status != 408 &&
                         !(error.code.empty() && error.words.empty());
    if (!refusal && reply.status != 429)
        return in_doubt("LinkedIn answered " + std::to_string(reply.status));
    // A complete answer that says no: nothing was posted.
    if (reply.body.find("MEDIA_ASSET_WAITING_UPLOAD") != std::string::npos)
        return not_yet();
    stage_ = State::ready;
    if (reply.body.find("EXPIRED_UPLOAD_URL") != std::string::npos)
        return upload_anew(reply);
    if (reply.body.find("MEDIA_ASSET_PROCESSING_FAILED") != std::string::npos)
        return Refused{Refused::Kind::processing_failed, "processing_failed", error.words};
    return linkedin_trouble(reply, clock_.now());
}

Step LinkedinPost::in_doubt(std::string why)
{
    return Wait{Wait::Kind::transient, clock_.now() + options_.post_settles, std::move(why)};
}

bool LinkedinPost::can_read_posts() const
{
    return is_linkedin_urn(account_.remote_id, "organization");
}

Step LinkedinPost::reconcile()
{
    if (clock_.now() < posted_at_ + options_.post_settles)
        return Wait{Wait::Kind::transient, posted_at_ + options_.post_settles, "LinkedIn may still be at the post"};
    if (!can_read_posts())
        return Undecided{"The connection broke while the post was on its way, and LinkedIn lets no program read a "
                         "person's posts: look there before publishing again." +
                         (duplicate_.empty() ? "" : " It may be https://www.linkedin.com/feed/update/" + duplicate_)};
    const bool named = !duplicate_.empty();
    question_ = named ? Question::duplicate : Question::list;
    Send send = named ? call("look at the post that LinkedIn names", "GET", "posts/" + url_escape(duplicate_))
                      : call("look for the post among the organisation's last ones", "GET",
                             "posts?q=author&author=" + url_escape(account_.remote_id) + "&count=10&sortBy=CREATED");
    send.purpose = Send::Purpose::reconcile;
    return send;
}

Step LinkedinPost::on_duplicate(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"LinkedIn does not take the access token"};
    if (const auto shows = linkedin_shows(reply, upload_.video); shows && *shows) {
        found_ = 1;
        return published(std::exchange(duplicate_, {}));
    }
    duplicate_.clear(); // another one of the same words: whether ours is there as well, the list tells
    return reconcile();
}

Step LinkedinPost::on_list(const HttpReply& reply)
{
    if (reply.status == 401)
        return Reconnect{"LinkedIn does not take the access token"};
    const auto found = linkedin_posts_with(reply, upload_.video);
    if (!found) {
        Step trouble = linkedin_trouble(reply, clock_.now());
        return std::holds_alternative<Wait>(trouble)
                   ? trouble
                   : Step(Wait{Wait::Kind::transient, std::nullopt, "LinkedIn does not list the organisation's posts"});
    }
    found_ = found->posts;
    if (found->posts > 0)
        return published(found->urn);
    if (++looks_for_post_ < most_looks_for_post)
        return Wait{Wait::Kind::transient, clock_.now() + growing_pause(looks_for_post_, options_.look_again, 300s),
                    "the post is not among the organisation's last ones yet"};
    return Undecided{"The connection broke while the post was on its way. It is not among the organisation's last 10 "
                     "posts, which LinkedIn may list late: look there before publishing again."};
}

Step LinkedinPost::published(std::string urn)
{
    stage_ = State::confirming;
    const std::string url = "https://www.linkedin.com/feed/update/" + urn + "/";
    return Published{std::move(urn), url};
}

} // namespace vitrina

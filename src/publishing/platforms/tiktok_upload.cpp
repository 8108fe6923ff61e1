#include "publishing/platforms/tiktok_upload.hpp"

#include "publishing/platforms/caption.hpp"
#include "publishing/platforms/kept_memory.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/platforms/waiting.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;
using State = PublicationState;

constexpr std::size_t longest_caption = 2200; // UTF-16 units
constexpr std::uint64_t smallest_chunk = 5'000'000;
constexpr int most_uploads = 3;
constexpr int most_stuck = 5;
constexpr auto address_good_for = 1h;
// What TikTok does not know for so long after the upload, it will not know later.
constexpr auto known_within = 10min;

struct Level {
    std::string_view option, word;
};
constexpr std::array levels{Level{"public", "PUBLIC_TO_EVERYONE"}, Level{"friends", "MUTUAL_FOLLOW_FRIENDS"},
                            Level{"followers", "FOLLOWER_OF_CREATOR"}, Level{"private", "SELF_ONLY"}};

constexpr std::array<std::string_view, 4> bad_file{"file_format_check_failed", "duration_check_failed",
                                                   "frame_rate_check_failed", "picture_size_check_failed"};

// TikTok's word, or ours where it has one.
std::string as_option(std::string_view word)
{
    const auto level = std::ranges::find(levels, word, &Level::word);
    return std::string(level == levels.end() ? word : level->option);
}

bool offers(const TiktokCreator& creator, const std::string& level)
{
    return creator.privacy_levels.empty() ||
           std::ranges::find(creator.privacy_levels, level) != creator.privacy_levels.end();
}

std::string broken_limits(const PublishOrder& order, const TiktokCreator& creator)
{
    std::string broken;
    if (!offers(creator, tiktok_privacy(order))) {
        broken = "this account cannot post with the privacy \"" + option_text(order, "privacy") + "\"; it can with";
        for (std::size_t i = 0; i < creator.privacy_levels.size(); ++i)
            broken += (i == 0 ? " " : ", ") + as_option(creator.privacy_levels[i]);
    }
    if (creator.longest > 0s && order.duration > creator.longest)
        broken += (broken.empty() ? "" : "; ") + std::string("this account can post videos of at most ") +
                  std::to_string(creator.longest.count()) + " seconds; this one has " +
                  std::to_string(std::chrono::ceil<std::chrono::seconds>(order.duration).count());
    return broken;
}

json::object post_info(const PublishOrder& order, const TiktokCreator& creator)
{
    json::object info{{"title", tiktok_caption(order)},
                      {"privacy_level", tiktok_privacy(order)},
                      {"disable_comment", creator.comment_disabled || !option_yes(order, "comments", true)},
                      {"disable_duet", creator.duet_disabled || !option_yes(order, "duet", true)},
                      {"disable_stitch", creator.stitch_disabled || !option_yes(order, "stitch", true)},
                      {"brand_content_toggle", option_yes(order, "paid_partnership", false)},
                      {"brand_organic_toggle", option_yes(order, "own_brand", false)},
                      {"is_aigc", option_yes(order, "ai_generated", false)}};
    if (const auto* at = order.options.if_contains("cover_at"); at && at->is_int64())
        info["video_cover_timestamp_ms"] = at->get_int64();
    return info;
}

std::string upload_type(const PublishOrder& order)
{
    return order.content_type.empty() ? "video/mp4" : order.content_type;
}

Send call(const TiktokOptions& options, std::string what, std::string_view path, const json::object& body)
{
    return Send{.what = std::move(what),
                .method = "POST",
                .url = "https://open.tiktokapis.com/" + options.version + "/post/publish/" + std::string(path) + "/",
                .headers = {{"Content-Type", "application/json; charset=UTF-8"}},
                .before = json::serialize(body)};
}

// What no other question to this upload will be answered with.
bool is_unknown_to_tiktok(const std::string& code)
{
    return code == "invalid_publish_id" || code == "token_not_authorized_for_specified_publish_id";
}

} // namespace

std::string tiktok_caption(const PublishOrder& order)
{
    const auto fits = [](const std::string& text) {
        return text_length(TextUnit::utf16_units, text) <= longest_caption;
    };
    // A character is two units at most.
    const bool title_fits = fits(post_text(order).title);
    return caption(order, title_fits ? longest_caption : longest_caption / 2, fits);
}

std::string tiktok_privacy(const PublishOrder& order)
{
    const auto level = std::ranges::find(levels, option_text(order, "privacy"), &Level::option);
    return std::string(level == levels.end() ? std::string_view() : level->word);
}

bool is_for_tiktok_inbox(const PublishOrder& order)
{
    return option_text(order, "mode") == "inbox";
}

TiktokUpload::TiktokUpload(const PublishOrder& order, std::string_view memory, const TiktokOptions& options,
                           const Clock& clock)
    : order_(order), options_(options), clock_(clock)
{
    const KeptMemory kept(memory);
    if (kept.is_empty())
        return;
    stage_ = kept.stage();
    asked_at_ = kept.instant("asked_at");
    mismatched_ = kept.number("mismatched") != 0;
    username_ = kept.text("username");
    publish_id_ = kept.text("publish_id");
    upload_url_ = kept.text("upload_url");
    opened_at_ = kept.instant("opened_at");
    uploads_ = int(kept.number("uploads"));
    offset_ = std::uint64_t(kept.number("offset"));
    stuck_ = int(kept.number("stuck"));
    committed_at_ = kept.instant("committed_at");
    closed_ = kept.number("closed") != 0;
    looks_ = int(kept.number("looks"));
    posted_at_ = kept.instant("posted_at");
    in_inbox_ = kept.number("in_inbox") != 0;
    begun_anew_ = kept.number("begun_anew") != 0;
}

std::string TiktokUpload::memory() const
{
    return json::serialize(json::object{{"stage", name(stage_)},
                                        {"asked_at", in_memory(asked_at_)},
                                        {"mismatched", int(mismatched_)},
                                        {"username", username_},
                                        {"publish_id", publish_id_},
                                        {"upload_url", upload_url_},
                                        {"opened_at", in_memory(opened_at_)},
                                        {"uploads", uploads_},
                                        {"offset", std::int64_t(offset_)},
                                        {"stuck", stuck_},
                                        {"committed_at", in_memory(committed_at_)},
                                        {"closed", int(closed_)},
                                        {"looks", looks_},
                                        {"posted_at", in_memory(posted_at_)},
                                        {"in_inbox", int(in_inbox_)},
                                        {"begun_anew", int(begun_anew_)}});
}

Step TiktokUpload::resume()
{
    if (publish_id_.empty())
        return begin();
    // Nothing was sent while its address was good: there is nothing to ask about.
    if (offset_ == 0 && committed_at_ == Instant{} && clock_.now() >= opened_at_ + address_good_for)
        return open_another();
    return ask_status();
}

Step TiktokUpload::on_reply(const HttpReply& reply)
{
    switch (question_) {
    case Question::creator: return on_creator(reply);
    case Question::init: return on_init(reply);
    case Question::chunk:
    case Question::last_chunk: return on_chunk(reply);
    case Question::status: return on_status(reply);
    }
    return Undecided{};
}

Step TiktokUpload::on_loss(Loss loss)
{
    const bool not_sent = loss == Loss::not_sent;
    if (question_ == Question::init && not_sent)
        asked_at_ = {};
    // A piece that never left was no commit. Whatever else became of the bytes, TikTok knows.
    if (question_ == Question::last_chunk && not_sent)
        stage_ = State::uploading;
    const bool may_be_open = question_ == Question::init && !not_sent;
    return Wait{Wait::Kind::transient, may_be_open ? std::optional(asked_at_ + options_.opening_settles) : std::nullopt,
                "the connection to TikTok was lost"};
}

Step TiktokUpload::begin()
{
    stage_ = State::opening;
    // No byte was sent, so nothing can be posted; but an upload that may just have been opened counts.
    if (clock_.now() < asked_at_ + options_.opening_settles)
        return Wait{Wait::Kind::transient, asked_at_ + options_.opening_settles,
                    "TikTok may still be opening the upload"};
    // In the inbox, everything else is chosen by the person over there.
    return is_for_tiktok_inbox(order_) ? init({}) : ask_creator();
}

Step TiktokUpload::ask_creator()
{
    question_ = Question::creator;
    return call(options_, "ask what the account may do", "creator_info/query", {});
}

Step TiktokUpload::on_creator(const HttpReply& reply)
{
    if (!is_tiktok_ok(reply))
        return tiktok_trouble(reply, clock_.now());
    const TiktokCreator creator = tiktok_creator(reply);
    username_ = creator.username;
    if (const std::string broken = broken_limits(order_, creator); !broken.empty())
        return Refused{Refused::Kind::invalid_content, "limits", broken};
    return init(creator);
}

Step TiktokUpload::init(const TiktokCreator& creator)
{
    question_ = Question::init;
    asked_at_ = clock_.now();
    json::object source{{"source", "FILE_UPLOAD"},
                        {"video_size", order_.size},
                        {"chunk_size", chunk_size()},
                        {"total_chunk_count", std::max<std::uint64_t>(order_.size / chunk_size(), 1)}};
    if (is_for_tiktok_inbox(order_))
        return call(options_, "open an upload to the inbox", "inbox/video/init", {{"source_info", std::move(source)}});
    return call(options_, "open an upload", "video/init",
                {{"post_info", post_info(order_, creator)}, {"source_info", std::move(source)}});
}

Step TiktokUpload::on_init(const HttpReply& reply)
{
    const std::string code = tiktok_code(reply);
    const auto task = is_tiktok_ok(reply) ? tiktok_task(reply) : std::nullopt;
    if (task) {
        asked_at_ = {};
        publish_id_ = task->publish_id;
        upload_url_ = task->upload_url;
        opened_at_ = clock_.now();
        ++uploads_;
        return send_chunk();
    }
    Step trouble = tiktok_trouble(reply, clock_.now());
    if (auto* wait = std::get_if<Wait>(&trouble); wait && wait->kind == Wait::Kind::transient) {
        wait->until = asked_at_ + options_.opening_settles; // it may have been opened all the same
        return trouble;
    }
    asked_at_ = {};
    if (code == "privacy_level_option_mismatch" && !std::exchange(mismatched_, true))
        return ask_creator();
    return trouble;
}

std::uint64_t TiktokUpload::chunk_size() const
{
    return order_.size <= options_.whole_up_to ? std::max<std::uint64_t>(order_.size, 1) : options_.chunk;
}

// Where the piece that begins at the offset ends: where it was to end, also when TikTok kept only a part of it. What
// would be smaller than TikTok takes goes with the next one, and the last takes the remainder.
std::uint64_t TiktokUpload::chunk_end() const
{
    const std::uint64_t chunk = chunk_size();
    std::uint64_t end = (offset_ / chunk + 1) * chunk;
    if (end - offset_ < smallest_chunk)
        end += chunk;
    return end + chunk > order_.size ? order_.size : end;
}

Step TiktokUpload::send_chunk()
{
    const std::uint64_t end = chunk_end();
    const bool last = end == order_.size;
    question_ = last ? Question::last_chunk : Question::chunk;
    stage_ = last ? State::committing : State::uploading;
    if (last)
        committed_at_ = clock_.now();
    const std::string range = std::to_string(offset_) + "-" + std::to_string(end - 1);
    return Send{.what = "send bytes " + range,
                .method = "PUT",
                .url = upload_url_,
                .headers = {{"Content-Type", upload_type(order_)},
                            {"Content-Range", "bytes " + range + "/" + std::to_string(order_.size)}},
                .slice = Slice{Slice::File::original, offset_, end - offset_},
                .purpose = last ? Send::Purpose::commit : Send::Purpose::ordinary,
                .credentials = Send::Credentials::none, // the address is the secret
                .answer_within = last ? 300s : 120s};
}

Step TiktokUpload::on_chunk(const HttpReply& reply)
{
    const bool last = question_ == Question::last_chunk;
    switch (reply.status) {
    case 201: // all of it is there, and TikTok goes on by itself
        stage_ = State::confirming;
        offset_ = order_.size;
        return processing();
    case 206:
        if (const auto stored = tiktok_stored(reply, order_.size); stored && !last)
            return on_stored(*stored);
        return ask_status();
    case 416: return ask_status();
    case 400:
    case 401:
    case 403:
    case 404:
    case 410: return on_upload_closed();
    case 429:
        return Wait{Wait::Kind::rate_limited, asked_to_wait_until(reply, clock_.now()), "TikTok asks to slow down"};
    default:
        return Wait{Wait::Kind::transient, asked_to_wait_until(reply, clock_.now()),
                    "TikTok answered the upload with " + std::to_string(reply.status)};
    }
}

// The server's number counts, also when it is lower than ours.
Step TiktokUpload::on_stored(std::uint64_t stored)
{
    stuck_ = stored > offset_ ? 0 : stuck_ + 1;
    offset_ = stored;
    if (offset_ == order_.size)
        return ask_status();
    if (stuck_ >= most_stuck) {
        stuck_ = 0;
        return Wait{Wait::Kind::transient, std::nullopt, "TikTok keeps none of the bytes it is sent"};
    }
    return send_chunk();
}

Step TiktokUpload::on_upload_closed()
{
    if (committed_at_ == Instant{})
        return open_another();
    closed_ = true; // its last byte went out once: perhaps it is closed because it has all
    return ask_status();
}

Step TiktokUpload::open_another()
{
    if (uploads_ >= most_uploads) {
        stage_ = State::uploading;
        return Refused{Refused::Kind::gave_up, "session_lost", "TikTok lost the upload three times"};
    }
    forget_upload();
    return begin();
}

void TiktokUpload::forget_upload()
{
    publish_id_.clear();
    upload_url_.clear();
    opened_at_ = committed_at_ = posted_at_ = {};
    offset_ = 0;
    stuck_ = looks_ = 0;
    closed_ = false;
    stage_ = State::opening;
}

Step TiktokUpload::ask_status()
{
    question_ = Question::status;
    Send send = call(options_, "ask what became of the upload", "status/fetch", {{"publish_id", publish_id_}});
    if (stage_ == State::committing)
        send.purpose = Send::Purpose::reconcile;
    return send;
}

Step TiktokUpload::on_status(const HttpReply& reply)
{
    if (!is_tiktok_ok(reply))
        return on_no_status(reply);
    const TiktokStatus status = tiktok_status(reply);
    if (status.status == "PUBLISH_COMPLETE")
        return on_posted(status);
    if (status.status == "SEND_TO_USER_INBOX")
        return in_inbox();
    if (status.status == "FAILED")
        return on_failed(status.fail_reason);
    return stage_ == State::confirming ? processing() : on_incomplete(status);
}

Step TiktokUpload::on_no_status(const HttpReply& reply)
{
    if (is_unknown_to_tiktok(tiktok_code(reply))) {
        if (in_inbox_)
            return in_inbox();
        if (committed_at_ == Instant{} && stage_ == State::uploading)
            return open_another();
        if (clock_.now() >= committed_at_ + known_within)
            return Undecided{"TikTok does not tell what became of the video. Look at the account's posts and drafts "
                             "before publishing again."};
        return Wait{Wait::Kind::transient, std::nullopt, "TikTok does not know the upload yet"};
    }
    // Reading fails for reasons of its own, which say nothing about the video.
    Step trouble = tiktok_trouble(reply, clock_.now());
    const auto* refused = std::get_if<Refused>(&trouble);
    return refused ? Step(Wait{Wait::Kind::transient, std::nullopt, refused->words}) : trouble;
}

// Bytes are missing, as far as we know.
Step TiktokUpload::on_incomplete(const TiktokStatus& status)
{
    if (stage_ == State::committing && !status.uploaded)
        return processing();
    const std::uint64_t stored = std::min(status.uploaded.value_or(offset_), order_.size);
    if (status.uploaded && stored == order_.size) {
        stage_ = State::confirming;
        offset_ = stored;
        return processing();
    }
    if (closed_) {
        // What was under way when it closed might still arrive: a second upload beside it would be a second post.
        const Instant settled = committed_at_ + options_.upload_settles;
        if (clock_.now() < settled)
            return Wait{Wait::Kind::processing, settled, "TikTok closed the upload, which may still be complete"};
        return open_another();
    }
    if (stage_ == State::committing) {
        // TikTok itself says that the upload is not complete: the commit did not happen. What is sent again goes to the
        // same upload, which makes one post.
        stage_ = State::uploading;
        offset_ = stored;
        return Wait{Wait::Kind::transient, std::nullopt, "the end of the upload did not arrive"};
    }
    return on_stored(stored);
}

Step TiktokUpload::processing()
{
    const auto pause = growing_pause(looks_++, options_.first_look, 60s);
    return Wait{Wait::Kind::processing, clock_.now() + pause, "TikTok is processing the video"};
}

Step TiktokUpload::on_posted(const TiktokStatus& status)
{
    stage_ = State::confirming;
    offset_ = order_.size;
    if (posted_at_ == Instant{})
        posted_at_ = clock_.now();
    const bool gets_number = !is_for_tiktok_inbox(order_) && option_text(order_, "privacy") == "public";
    if (status.post.empty() && gets_number && clock_.now() < posted_at_ + options_.numbered_within)
        return Wait{Wait::Kind::processing, clock_.now() + options_.first_look,
                    "TikTok has posted the video; its address comes when it was looked through"};
    if (status.post.empty())
        return Published{publish_id_, {}};
    const std::string url =
        username_.empty() ? std::string() : "https://www.tiktok.com/@" + username_ + "/video/" + status.post;
    return Published{status.post, url};
}

Step TiktokUpload::in_inbox()
{
    stage_ = State::confirming;
    offset_ = order_.size;
    in_inbox_ = true;
    return NeedsUser{publish_id_,
                     {},
                     "The video is in the inbox of the TikTok app: open its notification there, write the caption and "
                     "post it.",
                     clock_.now() + 1h};
}

Step TiktokUpload::on_failed(const std::string& reason)
{
    if (std::ranges::find(bad_file, reason) != bad_file.end())
        return Refused{
            Refused::Kind::invalid_content, reason,
            "TikTok does not take the file (" + reason +
                "). MP4 with H.264 (4:2:0) and AAC sound, 23 to 60 pictures a second, is what it takes best."};
    if (reason.starts_with("spam_risk"))
        return Refused{Refused::Kind::not_permitted, reason, "TikTok did not let the account post (" + reason + ")"};
    // What failed posts nothing any more. Once, a failure of TikTok's own may be an accident.
    if (reason == "internal" && !begun_anew_)
        return begin_anew("TikTok failed: the video is sent once more");
    if (reason == "auth_removed" && !begun_anew_)
        return begin_anew("the permission was taken away while TikTok worked on the video: it is sent once more");
    if (stage_ == State::uploading && committed_at_ == Instant{})
        return open_another();
    return Refused{Refused::Kind::processing_failed, reason.empty() ? "FAILED" : reason,
                   "TikTok did not post the video" + (reason.empty() ? std::string() : " (" + reason + ")")};
}

Step TiktokUpload::begin_anew(std::string why)
{
    forget_upload();
    uploads_ = 0;
    begun_anew_ = true;
    return Wait{Wait::Kind::anew, std::nullopt, std::move(why)};
}

} // namespace vitrina

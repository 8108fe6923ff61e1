#include "publishing/publish_run.hpp"

#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "publishing/evidence.hpp"
#include "publishing/patience.hpp"
#include "publishing/post_looks.hpp"
#include "publishing/publish_notes.hpp"
#include "publishing/publishing_events.hpp"
#include "publishing/sealed_columns.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;
using State = PublicationState;

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

// After that long a scheduled post is nobody's news any more: whoever meant it is asked.
constexpr auto late_is_missed = 24h;

// What a step leaves in the row, for people.
struct Told {
    std::string code, reason, remote_id, url;
    std::optional<Instant> until;
};

Told told_by(const Step& step)
{
    Told told;
    if (const auto* wait = std::get_if<Wait>(&step))
        told = {"", wait->why, "", "", wait->until};
    else if (const auto* published = std::get_if<Published>(&step))
        told = {"", "", published->remote_id, published->url, {}};
    else if (const auto* reconnect = std::get_if<Reconnect>(&step))
        told = {"needs_reconnect", reconnect->why, "", "", {}};
    else if (const auto* refused = std::get_if<Refused>(&step))
        told = {refused->code, refused->words, "", "", {}};
    else if (const auto* person = std::get_if<NeedsUser>(&step))
        told = {"needs_user_action", person->why, person->remote_id, person->url, person->until};
    else if (const auto* undecided = std::get_if<Undecided>(&step))
        told = {"outcome_unknown", undecided->why, "", "", {}};
    return told;
}

// For the metrics.
std::string_view outcome_name(const Wire::Outcome& outcome)
{
    if (const auto* loss = std::get_if<WireLoss>(&outcome))
        return loss->loss == Loss::not_sent ? "not_sent" : "lost";
    const int status = std::get<HttpReply>(outcome).status;
    return status < 300 ? "2xx" : status < 400 ? "3xx" : status < 500 ? "4xx" : "5xx";
}

std::string all_details(const std::vector<FieldError>& errors)
{
    std::string words;
    for (const FieldError& error : errors)
        words += (words.empty() ? "" : "; ") + error.detail;
    return words;
}

} // namespace

Task<JobResult> PublishRun::go()
{
    const bool found = co_await load();
    if (!found)
        co_return Done{};
    if (!unreadable_.empty())
        co_return co_await give_up_unreadable();
    std::optional<JobResult> untimely = co_await keep_time();
    if (untimely)
        co_return *untimely;
    std::optional<JobResult> not_its_turn = co_await keep_turn();
    if (not_its_turn)
        co_return *not_its_turn;
    std::optional<JobResult> not_yet = co_await prepare();
    if (not_yet)
        co_return *not_yet;

    Step step = conversation_->resume();
    bool renewed = false; // the token, since it last was taken
    for (;;) {
        if (const auto* refused = std::get_if<Reconnect>(&step); refused && !renewed) {
            renewed = true;
            std::optional<Step> instead = co_await renew_token(refused->why);
            step = instead ? std::move(*instead) : conversation_->resume();
            continue;
        }
        if (const auto* send = std::get_if<Send>(&step); send && send->slice) {
            std::optional<Step> missing = co_await open_file(*send->slice);
            if (missing)
                step = std::move(*missing);
        }
        step = within_patience(std::move(step));
        if (arms_anew(step)) {
            const std::optional<Video> video = co_await tools_.videos.find(VideoId::parse(video_).value());
            if (!video) // later than this its deletion cancels the publication, and the save below finds that out
                step = Refused{Refused::Kind::source_changed, "video_deleted", "the video was deleted"};
        }
        co_await save(step); // before anything is done about it
        const auto* send = std::get_if<Send>(&step);
        if (!send)
            co_return co_await end(std::move(step));
        step = co_await exchange(*send);
        renewed = renewed && std::holds_alternative<Reconnect>(step);
    }
}

Task<bool> PublishRun::load()
{
    static constexpr Sql query{
        "SELECT p.video_id, p.account_id, p.platform, p.status, p.attempts, (SELECT t.outcome FROM publish_attempts t"
        " WHERE t.publication_id = p.id AND t.number = p.attempts), p.options, p.order_json, p.memory_sealed,"
        " p.bytes_sent, p.troubles, p.progress_at, p.removing, p.publish_at, p.slot_at FROM publications p WHERE p.id "
        "= $1"};
    id_ = job_.subject;
    const Rows rows = co_await tools_.db.read(query, id_);
    if (rows.empty())
        co_return false;
    const Row row = rows.front();
    video_ = row.text(0);
    account_id_ = AccountId::parse(row.text(1)).value();
    platform_name_ = row.text(2);
    progress_.state = parse_publication_state(row.text(3)).value();
    began_as_ = progress_.state;
    stored_as_ = progress_.state;
    progress_.attempts = int(row.integer(4));
    progress_.attempt = parse_attempt_outcome(row.text(5));
    options_ = row.text(6);
    order_json_ = row.text(7);
    try {
        sealed_ = row.text(8);
        memory_ = tools_.vault.open(sealed_, id_, sealed_as::memory).reveal();
    } catch (const VaultError& e) {
        unreadable_ = e.what();
    }
    bytes_sent_ = std::uint64_t(row.integer(9));
    troubles_ = row.integer(10);
    progress_at_ = Instant{std::chrono::microseconds(row.integer(11))};
    const bool removing = row.integer(12) != 0;
    if (!row.is_null(13))
        publish_at_ = Instant{std::chrono::microseconds(row.integer(13))};
    if (!row.is_null(14))
        slot_at_ = Instant{std::chrono::microseconds(row.integer(14))};
    // A run for a blocked publication means that its account was connected again, or will be found not to be.
    if (const auto unblocked = after_reconnect(progress_)) {
        progress_ = *unblocked;
        if (publish_at_ && progress_.attempts == 0 && bytes_sent_ == 0)
            progress_.state = State::scheduled; // its time still counts
    }
    co_return !removing && (!is_settled(progress_.state) || progress_.state == State::needs_user_action);
}

// The server's secret key is another one: what the conversation remembered is lost.
Task<JobResult> PublishRun::give_up_unreadable()
{
    log(LogLevel::error, "what a publication remembers cannot be opened: was VITRINA_SECRET_KEY changed?",
        {{"publication", id_}, {"reason", unreadable_}});
    Step lost =
        Refused{Refused::Kind::gave_up, "secret_key_changed",
                "the server's secret key was changed, and with it what was sent so far is forgotten; try again"};
    if (progress_.has_open_attempt())
        lost = Undecided{"The server's secret key was changed while the post was on its way: look for it over there "
                         "before publishing again."};
    co_await save(lost);
    co_return co_await end(std::move(lost));
}

// How the run ends where it is too early to post, or so late that nobody may want it any more.
Task<std::optional<JobResult>> PublishRun::keep_time()
{
    if (progress_.state != State::scheduled || !publish_at_)
        co_return std::nullopt;
    const Instant now = tools_.clock.now();
    if (now < *publish_at_)
        co_return Snooze{*publish_at_ - now};
    if (now <= std::max(*publish_at_, slot_at_.value_or(*publish_at_)) + late_is_missed)
        co_return std::nullopt;
    Step missed = Refused{Refused::Kind::gave_up, "missed",
                          "It was due at " + rfc3339(*publish_at_) +
                              ", and could not begin within a day after that: retry it to post it now, or publish "
                              "it anew at another time."};
    co_await save(missed);
    co_return co_await end(std::move(missed));
}

bool PublishRun::has_begun() const
{
    const bool waits = progress_.state == State::queued || progress_.state == State::scheduled;
    return !waits || progress_.attempts > 0 || bytes_sent_ > 0;
}

// How the run ends where others of the account come first, or all of them are to wait. Only before it has begun.
Task<std::optional<JobResult>> PublishRun::keep_turn()
{
    if (has_begun())
        co_return std::nullopt;
    Pacing::Wanted wanted{id_, account_id_, progress_at_, slot_at_};
    const Pacing::Turn turn = co_await tools_.pacing.take(job_, std::move(wanted));
    const Instant now = tools_.clock.now();
    if (turn.at && turn.is_new)
        progress_at_ = *turn.at; // it waits for nobody's fault
    if (turn.at && *turn.at <= now)
        co_return std::nullopt;
    if (!turn.at && turn.why.empty())
        throw RunEnded{};
    co_await say_why_it_waits(turn.at ? std::string() : std::string(paused_reason), turn.why, turn.at);
    co_return Snooze{turn.at ? *turn.at - now : look_at_paused_after};
}

// Where it stands is not touched, and no patience is used up.
Task<> PublishRun::say_why_it_waits(std::string code, std::string why, std::optional<Instant> until)
{
    static constexpr Sql update{"UPDATE publications SET waiting_until = $2, reason_code = $3, reason = $4,"
                                " updated_at = $5 WHERE id = $1"};
    auto transaction = co_await tools_.db.begin();
    const bool ours = co_await tools_.queue.holds(*transaction, job_);
    if (!ours)
        throw RunEnded{};
    co_await transaction->run(update, id_, until ? Value(micros(*until)) : Value(), code, why,
                              micros(tools_.clock.now()));
    co_await transaction->commit();
}

// What the conversation needs; or how the run ends, where there is nothing to converse about.
Task<std::optional<JobResult>> PublishRun::prepare()
{
    platform_ = find_platform(tools_.platforms, platform_name_);
    const std::optional<Account> account = co_await tools_.accounts.find(account_id_);
    if (!platform_ || !account) {
        Step gone = Refused{Refused::Kind::gave_up, "account_removed", "the account was removed"};
        if (progress_.has_open_attempt())
            gone = Undecided{"the account was removed while the post was on its way"};
        co_await save(gone);
        co_return co_await end(std::move(gone));
    }
    if (!tools_.accounts.is_ours(*account))
        co_return co_await put_aside(*account);
    facts_ = account->facts();
    if (order_json_.empty()) {
        JobResult prepared = co_await prepare_order();
        if (order_json_.empty())
            co_return prepared;
    } else {
        order_ = read_order(order_json_);
    }
    conversation_ = platform_->publish(order_, facts_, memory_, tools_.clock);

    Accounts::AccessResult access = co_await tools_.accounts.access(account_id_);
    if (auto* token = std::get_if<Accounts::Access>(&access)) {
        access_ = std::move(*token);
        co_return std::nullopt;
    }
    Step blocked = Reconnect{};
    if (const auto* later = std::get_if<Accounts::Later>(&access))
        blocked =
            Wait{Wait::Kind::transient, later->until, "the account's token could not be refreshed: " + later->why};
    else
        blocked = Reconnect{std::get<Accounts::Disconnected>(access).why};
    co_await save(blocked);
    co_return co_await end(std::move(blocked));
}

// Nothing is said to anybody, and no patience is used up; where it stands is not touched.
Task<JobResult> PublishRun::put_aside(const Account& account)
{
    static constexpr Sql update{
        "UPDATE publications SET waiting_until = $2, progress_at = $2, reason_code = $3, reason = $4,"
        " updated_at = $5 WHERE id = $1"};
    const Instant now = tools_.clock.now();
    auto transaction = co_await tools_.db.begin();
    const bool ours = co_await tools_.queue.holds(*transaction, job_);
    if (!ours)
        throw RunEnded{};
    co_await transaction->run(update, id_, micros(now + look_at_other_networks_after), std::string(of_other_networks),
                              std::string(start_as_connected(account.sandbox)), micros(now));
    co_await transaction->commit();
    co_return Snooze{look_at_other_networks_after};
}

Task<JobResult> PublishRun::prepare_order()
{
    const std::optional<Video> video = co_await tools_.videos.find(VideoId::parse(video_).value());
    if (video && (video->status == VideoStatus::awaiting_upload || video->status == VideoStatus::processing))
        co_return Snooze{1s}; // its facts are being read
    std::optional<Step> refused;
    if (!video)
        refused = Refused{Refused::Kind::source_changed, "video_deleted", "the video was deleted"};
    else if (video->status == VideoStatus::failed)
        refused = Refused{Refused::Kind::invalid_content, "video_failed", "the video's file cannot be read"};
    if (!refused) {
        order_ = make_order(*video, id_, options_);
        if (!order_.thumbnail_key.empty()) {
            const auto picture = co_await tools_.store.find(order_.thumbnail_key);
            order_.thumbnail_size = picture ? picture->size : 0;
        }
        const std::vector<FieldError> broken = platform_->validate(order_);
        if (!broken.empty())
            refused = Refused{Refused::Kind::invalid_content, "limits", all_details(broken)};
    }
    if (refused) {
        co_await save(*refused);
        co_return co_await end(std::move(*refused));
    }
    order_json_ = to_json(order_);
    co_return Done{};
}

// Nothing when the file is open; what to do instead when it is not what it was.
Task<std::optional<Step>> PublishRun::open_file(const Slice& slice)
{
    const bool original = slice.file == Slice::File::original;
    const std::string& key = original ? order_.source_key : order_.thumbnail_key;
    if (file_ && file_key_ == key)
        co_return std::nullopt;
    file_ = co_await tools_.store.open(key);
    file_key_ = key;
    if (file_ && file_->size() == (original ? order_.size : order_.thumbnail_size))
        co_return std::nullopt;
    const std::string words = file_ ? "the video's file has changed" : "the video's file is gone";
    file_.reset();
    Step refused = Refused{Refused::Kind::source_changed, "source_changed", words};
    co_return refused;
}

Task<Step> PublishRun::exchange(Send send)
{
    FAIL_POINT("publish.before_send");
    Wire::Parcel parcel{send, access_.token, file_.get(), {}};
    Wire::Outcome outcome;
    std::string broke;
    const auto begun = std::chrono::steady_clock::now();
    try {
        outcome = co_await tools_.wire.carry(std::move(parcel));
    } catch (const std::exception& e) {
        broke = e.what(); // the source; what has left by then is as unknown as after a cut
    }
    FAIL_POINT("publish.answered");
    if (!broke.empty())
        outcome = WireLoss{Loss::unknown, "reading the video failed: " + broke};
    tools_.counters.count_request(platform_name_, outcome_name(outcome), std::chrono::steady_clock::now() - begun);
    if (const auto* reply = std::get_if<HttpReply>(&outcome)) {
        // Of a long upload, each piece that went well is not worth a line.
        const bool wants_more = reply->status == 308 || reply->status == 206;
        if (!wants_more || send.purpose != Send::Purpose::ordinary)
            note(send, reply->status, reply->body);
        co_return conversation_->on_reply(*reply);
    }
    const auto& loss = std::get<WireLoss>(outcome);
    note(send, 0, (loss.loss == Loss::not_sent ? "not sent: " : "no answer: ") + loss.why);
    co_return conversation_->on_loss(loss.loss);
}

// Nothing when there is a new token; what to do instead when there is none.
Task<std::optional<Step>> PublishRun::renew_token(std::string why)
{
    const Step standing = Wait{Wait::Kind::transient, tools_.clock.now(), std::move(why)};
    co_await save(standing); // where the conversation stands now, before it is resumed
    Accounts::AccessResult access = co_await tools_.accounts.access(account_id_, access_.version);
    std::optional<Step> instead;
    if (auto* token = std::get_if<Accounts::Access>(&access))
        access_ = std::move(*token);
    else if (const auto* later = std::get_if<Accounts::Later>(&access))
        instead =
            Wait{Wait::Kind::transient, later->until, "the account's token could not be refreshed: " + later->why};
    else
        instead = Reconnect{std::get<Accounts::Disconnected>(access).why};
    co_return instead;
}

// Gives a wait its end, and puts an end to waits that lead nowhere.
Step PublishRun::within_patience(Step step)
{
    const Instant now = tools_.clock.now();
    auto* wait = std::get_if<Wait>(&step);
    if (wait && !wait->until)
        wait->until = now + pause_for(wait->kind, int(troubles_) + 1, roll_dice());
    if (wait && (wait->kind == Wait::Kind::processing || wait->kind == Wait::Kind::transient)) {
        const bool processing = wait->kind == Wait::Kind::processing;
        const auto limit = processing ? processing_deadline(order_.size) : std::chrono::microseconds(trouble_deadline);
        const bool trouble_over = conversation_->confirmed_bytes() > bytes_sent_;
        if (now - progress_at_ > limit && !trouble_over) {
            const std::string words = "Nothing moved for hours. Last: " + wait->why;
            if (progress_.has_open_attempt())
                step = Undecided{words};
            else
                step = Refused{Refused::Kind::gave_up, processing ? "processing_timeout" : "no_progress", words};
        }
    }
    if (!after_step(progress_, conversation_->stage(), step)) {
        log(LogLevel::error, "a conversation broke the rules of publishing",
            {{"publication", id_}, {"platform", platform_name_}});
        step = Undecided{"an internal error: the network's answers contradict each other"};
    }
    return step;
}

// Whether the step is another try of what cannot be taken back.
bool PublishRun::arms_anew(const Step& step) const
{
    const auto next = after_step(progress_, conversation_->stage(), step);
    return next && next->attempts > progress_.attempts && std::holds_alternative<Send>(step);
}

Task<> PublishRun::save(const Step& step)
{
    const State stage = conversation_                  ? conversation_->stage()
                        : progress_.has_open_attempt() ? State::committing
                                                       : State::opening;
    const auto next = after_step(progress_, stage, step);
    if (!next)
        throw std::logic_error("publication " + id_ + " cannot go from " + std::string(name(progress_.state)) +
                               " there");
    co_await save_ending(step, *next);
}

Task<> PublishRun::save_ending(Step step, PublicationProgress next)
{
    static constexpr Sql update{
        "UPDATE publications SET status = $2, attempts = $3, memory_sealed = $4, order_json = $5, bytes_sent = $6,"
        " bytes_total = $7, waiting_until = $8, troubles = $9, progress_at = $10, reason_code = $11, reason = $12,"
        " platform_post_id = COALESCE($13, platform_post_id), permalink = CASE WHEN $14 = '' THEN permalink ELSE $14 "
        "END,"
        " published_at = $15, updated_at = $16, look_at = $17"
        " WHERE id = $1 AND removing = 0 AND status NOT IN ('cancelled', 'deleted', 'failed', 'published')"};
    const Instant now = tools_.clock.now();
    const Told told = told_by(step);
    const std::uint64_t bytes = conversation_ ? conversation_->confirmed_bytes() : bytes_sent_;
    const auto* wait = std::get_if<Wait>(&step);
    const bool told_to_wait = wait && (wait->kind == Wait::Kind::rate_limited || wait->kind == Wait::Kind::quota);
    if (bytes > bytes_sent_ || (next.state == State::confirming && progress_.state != State::confirming)) {
        troubles_ = 0;
        progress_at_ = now;
    }
    if (wait && wait->kind != Wait::Kind::processing)
        ++troubles_;
    // What cannot be opened stays as it is. Without it the conversation would begin anew, and its first steps would
    // look like proof that nothing was posted.
    const std::string memory_sealed =
        conversation_ ? tools_.vault.seal(Secret(conversation_->memory()), id_, sealed_as::memory) : sealed_;
    const Instant progress_at = told_to_wait ? *told.until : progress_at_; // no patience is used up by obeying
    const bool published = next.state == State::published;
    std::vector<Value> values{id_,
                              std::string(name(next.state)),
                              std::int64_t(next.attempts),
                              memory_sealed,
                              order_json_,
                              std::int64_t(bytes),
                              std::int64_t(order_.size),
                              told.until ? Value(micros(*told.until)) : Value(),
                              troubles_,
                              micros(progress_at),
                              told.code,
                              told.reason,
                              told.remote_id.empty() ? Value() : Value(told.remote_id),
                              told.url,
                              published ? Value(micros(now)) : Value(),
                              micros(now),
                              published && platform_->rules().post.looked_at ? Value(micros(now)) : Value()};

    FAIL_POINT("publish.before_save");
    auto transaction = co_await tools_.db.begin();
    const bool ours = co_await tools_.queue.holds(*transaction, job_);
    if (!ours)
        throw RunEnded{};
    const Rows updated = co_await transaction->run(update, std::move(values));
    if (updated.changed() != 1)
        throw RunEnded{};
    co_await write_attempt(*transaction, next);
    co_await append_notes(*transaction, id_, notes_);
    if (const auto* post = std::get_if<Published>(&step))
        co_await write_published(*transaction, *post);
    PublicationNews news{.id = id_,
                         .video = video_,
                         .account = account_id_.text(),
                         .platform = platform_name_,
                         .state = next.state,
                         .reason_code = told.code,
                         .url = told.url,
                         .upload = {}};
    co_await tell(*transaction, std::move(news), bytes, now);
    co_await transaction->commit();
    FAIL_POINT("publish.saved");
    count_reconciled(next);
    count_lateness(next);
    progress_ = next;
    stored_as_ = next.state;
    bytes_sent_ = bytes;
    notes_.clear();
}

Task<> PublishRun::tell(Transaction& transaction, PublicationNews news, std::uint64_t bytes, Instant now)
{
    const bool moved = pace_.moved(now, bytes, order_.size);
    if (news.state != stored_as_)
        co_await tell_publication_state(transaction, news, now);
    if (!moved)
        co_return;
    news.upload = PublicationNews::Upload{bytes, order_.size, pace_.remaining(order_.size)};
    co_await tell_upload_progress(transaction, std::move(news), now);
}

Task<> PublishRun::write_attempt(Transaction& transaction, const PublicationProgress& next)
{
    static constexpr Sql put{"INSERT INTO publish_attempts (publication_id, number, outcome, armed_at, settled_at) "
                             "VALUES ($1, $2, $3, $4, $5)"
                             " ON CONFLICT (publication_id, number) DO UPDATE SET outcome = excluded.outcome, "
                             "settled_at = excluded.settled_at"};
    if (!next.attempt || (next.attempts == progress_.attempts && next.attempt == progress_.attempt))
        co_return;
    const std::int64_t now = micros(tools_.clock.now());
    const Value settled = is_open(*next.attempt) ? Value() : Value(now);
    co_await transaction.run(put, id_, std::int64_t(next.attempts), std::string(name(*next.attempt)), now, settled);
}

// In the transaction that records the network's word: the library shows it, and what comes after is a job of its own.
Task<> PublishRun::write_published(Transaction& transaction, const Published& published)
{
    const VideoId video = VideoId::parse(video_).value();
    std::vector<std::string> on = co_await published_platforms(transaction, video);
    co_await tools_.videos.set_published(transaction, video, std::move(on));
    if (platform_->rules().post.looked_at && tools_.look_after > 0s) {
        NewJob look = look_job(account_id_.text());
        co_await tools_.queue.enqueue(transaction, std::move(look));
    }
    if (!platform_->set_picture(order_, published.remote_id, tools_.clock))
        co_return;
    NewJob job{.kind = publish_thumbnail, .subject = id_, .unique_key = "thumbnail:" + id_, .max_attempts = 8};
    co_await tools_.queue.enqueue(transaction, std::move(job));
}

Task<JobResult> PublishRun::end(Step step)
{
    if (std::holds_alternative<Reconnect>(step)) {
        co_await tools_.accounts.disconnect(account_id_, access_.version, std::get<Reconnect>(step).why);
        // A person who connected it again just before the block was saved released nothing yet.
        const std::optional<Account> account = co_await tools_.accounts.find(account_id_);
        if (account && account->status == Account::Status::connected)
            co_return Snooze{0s};
    }
    count_end();
    const Told told = told_by(step);
    const bool goes_on = std::holds_alternative<Wait>(step) || std::holds_alternative<NeedsUser>(step);
    if (goes_on) {
        const auto delay = std::max<std::chrono::microseconds>(*told.until - tools_.clock.now(), 0us);
        co_return Snooze{delay};
    }
    log(LogLevel::info, "a publication has ended",
        {{"publication", id_},
         {"platform", platform_name_},
         {"state", name(progress_.state)},
         {"reason", told.reason}});
    tools_.queue.wake();
    co_return Done{};
}

// Of the step that takes it out of the queue.
void PublishRun::count_lateness(const PublicationProgress& next)
{
    const auto counter = tools_.counters.lateness.find(platform_name_);
    const bool waited = progress_.state == State::queued || progress_.state == State::scheduled;
    if (waited && next.state != progress_.state && counter != tools_.counters.lateness.end())
        counter->second.add(std::max<std::chrono::nanoseconds>(tools_.clock.now() - progress_at_, 0ns));
}

// Of a commit that was in the dark until this step.
void PublishRun::count_reconciled(const PublicationProgress& next)
{
    if (progress_.attempt != AttemptOutcome::unknown)
        return;
    PublishCounters& counters = tools_.counters;
    if (next.state == State::outcome_unknown)
        ++counters.undecided;
    else if (next.attempt == AttemptOutcome::sent || next.attempt == AttemptOutcome::confirmed)
        ++counters.found_posted;
    else if (next.attempt == AttemptOutcome::rejected)
        ++counters.found_rejected;
    else if (next.attempt == AttemptOutcome::absent)
        ++counters.found_absent;
}

void PublishRun::count_end()
{
    if (conversation_ && conversation_->posts_found() > 1) {
        ++tools_.counters.duplicates;
        log(LogLevel::error, "the network shows more than one post that may be this publication's",
            {{"publication", id_}, {"platform", platform_name_}, {"posts", conversation_->posts_found()}});
    }
    // One that waits for its person is looked at again and again: it ended the first time.
    const auto counter = tools_.counters.ended.find({platform_name_, progress_.state});
    if (counter != tools_.counters.ended.end() && progress_.state != began_as_)
        ++counter->second;
}

void PublishRun::note(const Send& send, int status, std::string_view evidence)
{
    notes_.push_back({tools_.clock.now(), send.what, status, evidence_of(evidence)});
}

} // namespace vitrina

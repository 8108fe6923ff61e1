#include "publishing/publications.hpp"

#include "core/sleep.hpp"
#include "events/event_types.hpp"
#include "publishing/after_restore.hpp"
#include "publishing/publish_notes.hpp"
#include "publishing/publishing_events.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// Thrown errors (a database that is away) are retried for days; what networks do is never thrown.
constexpr int most_attempts = 200;

Instant instant(std::int64_t micros)
{
    return Instant{std::chrono::microseconds(micros)};
}

std::optional<Instant> instant(const Row& row, std::size_t column)
{
    return row.is_null(column) ? std::nullopt : std::optional(instant(row.integer(column)));
}

Publication read_publication(const Row& row)
{
    Publication p;
    p.id = PublicationId::parse(row.text(0)).value();
    p.video = VideoId::parse(row.text(1)).value();
    p.account = AccountId::parse(row.text(2)).value();
    p.platform = row.text(3);
    p.account_name = row.text(4);
    p.sandbox = row.integer(5) != 0;
    p.progress.state = parse_publication_state(row.text(6)).value();
    p.progress.attempts = int(row.integer(7));
    p.progress.attempt = parse_attempt_outcome(row.text(8));
    p.options = row.text(9);
    p.bytes_sent = std::uint64_t(row.integer(10));
    p.bytes_total = std::uint64_t(row.integer(11));
    p.remote_id = row.text(12);
    p.url = row.text(13);
    p.waiting_until = instant(row, 14);
    p.reason_code = row.text(15);
    p.reason = row.text(16);
    p.removing = row.integer(17) != 0;
    p.created_at = instant(row.integer(18));
    p.updated_at = instant(row.integer(19));
    p.published_at = instant(row, 20);
    if (const auto at = instant(row, 21))
        p.schedule = Schedule{*at, std::string(row.text(22))};
    p.seen_at = instant(row, 23);
    p.missing_since = instant(row, 24);
    if (const std::string_view status = row.text(25); !status.empty())
        p.edit = Publication::Edit{std::string(status), std::string(row.text(26)), std::string(row.text(27)),
                                   std::string(row.text(28)), instant(row, 29).value_or(p.updated_at)};
    return p;
}

std::vector<Publication> read_publications(const Rows& rows)
{
    std::vector<Publication> list;
    for (std::size_t i = 0; i < rows.size(); ++i)
        list.push_back(read_publication(rows[i]));
    return list;
}

// One text for every question, so that a row is read in one place.
#define PUBLICATION_COLUMNS                                                                                            \
    "SELECT p.id, p.video_id, p.account_id, p.platform, COALESCE(a.name, ''), p.sandbox, p.status,"                    \
    " p.attempts, (SELECT t.outcome FROM publish_attempts t WHERE t.publication_id = p.id AND t.number = p.attempts)," \
    " p.options, p.bytes_sent, p.bytes_total, p.platform_post_id, p.permalink, p.waiting_until, p.reason_code,"        \
    " p.reason, p.removing, p.created_at, p.updated_at, p.published_at, p.publish_at, p.time_zone,"                    \
    " p.seen_at, p.missing_since, p.edit_status, p.edit_options, p.edit_code, p.edit_reason, p.edit_at"                \
    " FROM publications p LEFT JOIN accounts a ON a.id = p.account_id"

std::string remove_key(const std::string& id)
{
    return "remove:" + id;
}

Fault not_now(std::string code, std::string message, std::string hint)
{
    return {FaultKind::conflict, std::move(code), std::move(message), std::move(hint), {}, {}};
}

std::string in_words(PublicationState state)
{
    std::string words(name(state));
    std::ranges::replace(words, '_', ' ');
    return words;
}

} // namespace

std::string publish_key(const std::string& id)
{
    return "publish:" + id;
}

NewJob publish_job(const std::string& id, const std::optional<Schedule>& schedule)
{
    NewJob job{.kind = publish_video, .subject = id, .unique_key = publish_key(id), .max_attempts = most_attempts};
    if (schedule)
        job.run_at = schedule->at;
    return job;
}

PublicationNews news_of(const Publication& publication, PublicationState state)
{
    return {.id = publication.id.text(),
            .video = publication.video.text(),
            .account = publication.account.text(),
            .platform = publication.platform,
            .state = state,
            .reason_code = {},
            .url = publication.url};
}

Publications::Publications(Database& database, JobQueue& queue, const Clock& clock)
    : db_(database), queue_(queue), clock_(clock)
{
}

Task<std::vector<Publication>> Publications::request(VideoId video, std::vector<Wanted> wanted)
{
    static constexpr Sql live{PUBLICATION_COLUMNS " WHERE p.video_id = $1 AND p.account_id = $2"
                                                  " AND p.status NOT IN ('failed', 'cancelled', 'deleted')"};
    static constexpr Sql add{
        "INSERT INTO publications (id, video_id, account_id, platform, sandbox, status, options, publish_at, time_zone,"
        " progress_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)"};
    static constexpr Sql by_id{PUBLICATION_COLUMNS " WHERE p.id = $1"};
    std::vector<Publication> list;
    auto transaction = co_await db_.begin();
    for (const Wanted& one : wanted) {
        const std::optional<Schedule>& schedule = one.schedule;
        const PublicationState begins_as = schedule ? PublicationState::scheduled : PublicationState::queued;
        Rows rows = co_await transaction->run(live, video.text(), one.account.text());
        const bool is_new = rows.empty();
        if (is_new) {
            const std::string id = PublicationId::make(clock_.now()).text();
            const std::int64_t now = clock_.now().time_since_epoch().count();
            const std::int64_t due = schedule ? schedule->at.time_since_epoch().count() : now;
            co_await transaction->run(add, id, video.text(), one.account.text(), one.platform,
                                      std::int64_t(one.sandbox), std::string(name(begins_as)), one.options,
                                      schedule ? Value(due) : Value(), schedule ? schedule->time_zone : std::string(),
                                      due, now);
            co_await queue_.enqueue(*transaction, publish_job(id, schedule));
            rows = co_await transaction->run(by_id, id);
        }
        list.push_back(read_publication(rows.front()));
        list.back().is_new = is_new;
        if (is_new) {
            PublicationNews news = news_of(list.back(), begins_as);
            co_await tell_publication(*transaction, event_type::publication_created, std::move(news), clock_.now());
        }
    }
    co_await transaction->commit();
    queue_.wake();
    co_return list;
}

Task<std::optional<Publication>> Publications::find(PublicationId id)
{
    static constexpr Sql by_id{PUBLICATION_COLUMNS " WHERE p.id = $1"};
    const Rows rows = co_await db_.read(by_id, id.text());
    co_return rows.empty() ? std::nullopt : std::optional(read_publication(rows.front()));
}

Task<std::vector<Publication>> Publications::list(PublicationQuery query)
{
    static constexpr Sql all{PUBLICATION_COLUMNS " WHERE p.id < $1 ORDER BY p.id DESC LIMIT $2"};
    static constexpr Sql of_video{PUBLICATION_COLUMNS
                                  " WHERE p.video_id = $3 AND p.id < $1 ORDER BY p.id DESC LIMIT $2"};
    const std::string before = query.before ? query.before->text() : "g"; // after every id there is
    const std::int64_t limit = query.limit;
    if (!query.video) {
        const Rows rows = co_await db_.read(all, before, limit);
        co_return read_publications(rows);
    }
    const Rows rows = co_await db_.read(of_video, before, limit, query.video->text());
    co_return read_publications(rows);
}

Task<std::vector<Publication>> Publications::of_videos(std::vector<VideoId> videos)
{
    static constexpr std::size_t at_once = 20;
    static constexpr Sql of_some{
        PUBLICATION_COLUMNS " WHERE p.video_id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
                            " $16, $17, $18, $19, $20)"};
    std::vector<Publication> list;
    for (std::size_t from = 0; from < videos.size(); from += at_once) {
        std::vector<Value> ids(at_once, std::string());
        for (std::size_t i = 0; i < at_once && from + i < videos.size(); ++i)
            ids[i] = videos[from + i].text();
        const Rows rows = co_await db_.read(of_some, std::move(ids));
        std::ranges::move(read_publications(rows), std::back_inserter(list));
    }
    co_return list;
}

Task<std::vector<PublicationAttempt>> Publications::attempts(PublicationId id)
{
    static constexpr Sql all{"SELECT number, outcome, armed_at, settled_at FROM publish_attempts"
                             " WHERE publication_id = $1 ORDER BY number"};
    const Rows rows = co_await db_.read(all, id.text());
    std::vector<PublicationAttempt> list;
    for (std::size_t i = 0; i < rows.size(); ++i)
        list.push_back({int(rows[i].integer(0)), parse_attempt_outcome(rows[i].text(1)).value(),
                        instant(rows[i].integer(2)), instant(rows[i], 3)});
    co_return list;
}

Task<std::vector<PublicationNote>> Publications::notes(PublicationId id, int limit)
{
    static constexpr Sql newest{"SELECT at, step, http_status, evidence FROM publish_notes WHERE publication_id = $1"
                                " ORDER BY number DESC LIMIT $2"};
    const Rows rows = co_await db_.read(newest, id.text(), std::int64_t(limit));
    std::vector<PublicationNote> list;
    for (std::size_t i = rows.size(); i-- > 0;)
        list.push_back({instant(rows[i].integer(0)), std::string(rows[i].text(1)), int(rows[i].integer(2)),
                        std::string(rows[i].text(3))});
    co_return list;
}

Task<std::vector<Publication>> Publications::await_settled(std::vector<PublicationId> ids,
                                                           std::chrono::milliseconds patience)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    for (;;) {
        std::vector<Publication> list;
        for (const PublicationId id : ids) {
            auto publication = co_await find(id);
            if (publication)
                list.push_back(std::move(*publication));
        }
        const bool settled = std::ranges::all_of(list, [](const Publication& p) {
            return is_settled(p.progress.state) || p.progress.state == PublicationState::scheduled;
        });
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (settled || left <= 0ms || !waiting_)
            co_return list;
        co_await sleep_for(std::min(left, 100ms));
    }
}

Task<Result<Publication>> Publications::cancel(PublicationId id)
{
    static constexpr Sql by_id{PUBLICATION_COLUMNS " WHERE p.id = $1"};
    static constexpr Sql mark{
        "UPDATE publications SET status = 'cancelled', waiting_until = NULL, slot_at = NULL, reason_code = '',"
        " reason = '', updated_at = $2 WHERE id = $1"};
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(by_id, id.text());
    if (rows.empty())
        co_return no_such_publication();
    Publication publication = read_publication(rows.front());
    if (publication.progress.state == PublicationState::cancelled)
        co_return publication;
    const auto next = after_cancel(publication.progress);
    if (!next)
        co_return not_now("VT-PUB-002",
                          "It is too late to cancel: the publication is " + in_words(publication.progress.state),
                          "once it is published, DELETE takes the post back");
    co_await transaction->run(mark, id.text(), clock_.now().time_since_epoch().count());
    co_await queue_.cancel(*transaction, publish_key(id.text()));
    PublicationNews news = news_of(publication, next->state);
    co_await tell_publication_state(*transaction, std::move(news), clock_.now());
    co_await transaction->commit();
    publication.progress = *next;
    publication.waiting_until.reset();
    co_return publication;
}

Task<Result<Publication>> Publications::retry(PublicationId id, Insist insist, std::string request, std::string who)
{
    static constexpr Sql by_id{PUBLICATION_COLUMNS " WHERE p.id = $1"};
    static constexpr Sql other{"SELECT 1 FROM publications WHERE video_id = $1 AND account_id = $2 AND id <> $3"
                               " AND status NOT IN ('failed', 'cancelled', 'deleted')"};
    // What the conversation remembers is kept where it still holds: an upload that only ran out of patience, and
    // everything about a commit whose outcome is not known. `progress_at` moves: deadlines begin anew.
    static constexpr Sql mark{"UPDATE publications SET status = $5, waiting_until = NULL, slot_at = NULL, reason_code "
                              "= '', reason = '', troubles = 0,"
                              " memory_sealed = CASE WHEN $3 = 1 THEN '' ELSE memory_sealed END,"
                              " order_json = CASE WHEN $3 = 1 THEN '' ELSE order_json END,"
                              " progress_at = $6, updated_at = $2, retried_by = $4 WHERE id = $1"};
    static constexpr Sql asked{"SELECT 1 FROM publications WHERE id = $1 AND retried_by = $2"};
    static constexpr Sql give_up_attempt{"UPDATE publish_attempts SET outcome = 'absent', settled_at = $2"
                                         " WHERE publication_id = $1 AND outcome IN ('armed', 'sent', 'unknown')"};
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(by_id, id.text());
    if (rows.empty())
        co_return no_such_publication();
    Publication publication = read_publication(rows.front());
    if (!request.empty()) {
        const Rows heard = co_await transaction->run(asked, id.text(), request);
        if (!heard.empty())
            co_return publication;
    }
    const bool worked_on = co_await queue_.has_unfinished(*transaction, publish_key(id.text()));
    const bool stranded = !worked_on && !publication.removing && !is_settled(publication.progress.state);
    // What was remembered of it is older than what may have happened: there is nothing to look into.
    if (publication.reason_code == restored_reason && insist == Insist::no)
        co_return not_now("VT-PUB-010",
                          "The publication was under way when the library was copied, and may have been posted since",
                          "look for it over there; to post it all the same, retry with \"even_if_posted_twice\": true");
    const auto next = stranded ? after_stranding(publication.progress) : after_retry(publication.progress, insist);
    if (!next)
        co_return not_now(
            "VT-PUB-003", "There is nothing to retry: the publication is " + in_words(publication.progress.state),
            "only what failed, whose outcome is unknown, or what nobody works on any more can be retried");
    const Rows others =
        co_await transaction->run(other, publication.video.text(), publication.account.text(), id.text());
    if (!others.empty())
        co_return not_now("VT-PUB-004", "A newer publication of this video to this account exists already",
                          "GET /v1/publications?video=… shows it");
    const std::int64_t now = clock_.now().time_since_epoch().count();
    const bool given_up = next->attempt != publication.progress.attempt;
    const bool starts_over = given_up || (publication.progress.state == PublicationState::failed &&
                                          publication.reason_code != "no_progress");
    const std::optional<Schedule> schedule =
        next->state == PublicationState::scheduled ? publication.schedule : std::nullopt;
    const std::int64_t due = schedule ? schedule->at.time_since_epoch().count() : now;
    co_await transaction->run(mark, id.text(), now, std::int64_t(starts_over), request, std::string(name(next->state)),
                              due);
    if (given_up) {
        co_await transaction->run(give_up_attempt, id.text(), now);
        std::vector<PublicationNote> notes{{clock_.now(), "a person decided to publish again", 0, std::move(who)}};
        co_await append_notes(*transaction, id.text(), std::move(notes));
    }
    co_await queue_.cancel(*transaction, publish_key(id.text())); // one that only looks once in a while
    co_await queue_.enqueue(*transaction, publish_job(id.text(), schedule));
    PublicationNews news = news_of(publication, next->state);
    co_await tell_publication_state(*transaction, std::move(news), clock_.now());
    co_await transaction->commit();
    queue_.wake();
    publication.progress = *next;
    publication.reason.clear();
    publication.reason_code.clear();
    publication.waiting_until.reset();
    co_return publication;
}

Task<Result<Publication>> Publications::remove(PublicationId id)
{
    static constexpr Sql by_id{PUBLICATION_COLUMNS " WHERE p.id = $1"};
    static constexpr Sql mark{"UPDATE publications SET removing = 1, updated_at = $2 WHERE id = $1"};
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(by_id, id.text());
    if (rows.empty())
        co_return no_such_publication();
    Publication publication = read_publication(rows.front());
    if (publication.progress.state == PublicationState::deleted)
        co_return publication;
    const bool at_it = publication.removing && co_await queue_.has_unfinished(*transaction, remove_key(id.text()));
    if (at_it)
        co_return publication;
    if (!after_removal(publication.progress) || publication.remote_id.empty())
        co_return not_now("VT-PUB-005",
                          "There is no post to take back: the publication is " + in_words(publication.progress.state),
                          "a publication that is under way can be cancelled");
    NewJob job{.kind = remove_publication,
               .subject = id.text(),
               .unique_key = remove_key(id.text()),
               .max_attempts = most_attempts};
    co_await transaction->run(mark, id.text(), clock_.now().time_since_epoch().count());
    co_await queue_.cancel(*transaction, publish_key(id.text()));
    co_await queue_.enqueue(*transaction, std::move(job));
    PublicationNews news = news_of(publication, publication.progress.state);
    co_await tell_publication(*transaction, event_type::publication_removing, std::move(news), clock_.now());
    co_await transaction->commit();
    queue_.wake();
    publication.removing = true;
    co_return publication;
}

Task<> Publications::unblock(Transaction& transaction, AccountId account)
{
    // What had not begun keeps its time: it may have passed long ago, and many may have waited.
    static constexpr Sql blocked{
        "UPDATE publications SET reason_code = '', reason = '', updated_at = $2,"
        " slot_at = CASE WHEN attempts = 0 AND bytes_sent = 0 THEN NULL ELSE slot_at END,"
        " progress_at = CASE WHEN attempts = 0 AND bytes_sent = 0 THEN progress_at ELSE $2 END,"
        " status = CASE WHEN attempts = 0 AND bytes_sent = 0 AND publish_at IS NOT NULL THEN 'scheduled' ELSE 'queued'"
        " END WHERE account_id = $1 AND status = 'needs_reauth' RETURNING id, video_id, platform, status"};
    const Rows rows = co_await transaction.run(blocked, account.text(), clock_.now().time_since_epoch().count());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::string id(rows[i].text(0));
        co_await queue_.cancel(transaction, publish_key(id)); // the run that was blocked may not have ended yet
        co_await queue_.enqueue(transaction, publish_job(id));
        PublicationNews news{.id = id,
                             .video = std::string(rows[i].text(1)),
                             .account = account.text(),
                             .platform = std::string(rows[i].text(2)),
                             .state = parse_publication_state(rows[i].text(3)).value(),
                             .reason_code = {},
                             .url = {}};
        co_await tell_publication_state(transaction, std::move(news), clock_.now());
    }
}

Task<> Publications::on_video_deleted(Transaction& transaction, VideoId video)
{
    static constexpr Sql withdraw{
        "UPDATE publications SET status = 'cancelled', reason_code = 'video_deleted', reason = 'the video was deleted',"
        " waiting_until = NULL, slot_at = NULL, updated_at = $2 WHERE video_id = $1"
        " AND status NOT IN ('published', 'failed', 'cancelled', 'deleted')"
        " AND NOT EXISTS (SELECT 1 FROM publish_attempts t WHERE t.publication_id = publications.id"
        "                 AND t.outcome IN ('armed', 'sent', 'unknown')) RETURNING id, account_id, platform"};
    const Rows rows = co_await transaction.run(withdraw, video.text(), clock_.now().time_since_epoch().count());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        PublicationNews news{.id = std::string(rows[i].text(0)),
                             .video = video.text(),
                             .account = std::string(rows[i].text(1)),
                             .platform = std::string(rows[i].text(2)),
                             .state = PublicationState::cancelled,
                             .reason_code = "video_deleted",
                             .url = {}};
        co_await queue_.cancel(transaction, publish_key(news.id));
        co_await tell_publication_state(transaction, std::move(news), clock_.now());
    }
}

Task<bool> Publications::needs_video(VideoId video)
{
    static constexpr Sql armed{
        "SELECT 1 FROM publications p JOIN publish_attempts t ON t.publication_id = p.id WHERE p.video_id = $1"
        " AND t.outcome IN ('armed', 'unknown') AND p.status NOT IN ('outcome_unknown', 'needs_reauth', 'failed') "
        "LIMIT 1"};
    const Rows rows = co_await db_.read(armed, video.text());
    co_return !rows.empty();
}

Fault no_such_publication()
{
    return {
        FaultKind::missing, "VT-PUB-001", "There is no such publication", "GET /v1/publications lists them", {}, {}};
}

} // namespace vitrina

#include "publishing/post_looks.hpp"

#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "events/event_types.hpp"
#include "publishing/converse_as.hpp"
#include "publishing/platforms/post_text.hpp"
#include "publishing/publish_notes.hpp"
#include "publishing/publishing_events.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view gone_reason = "gone"; // the reason's code

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

} // namespace

// What is due of an account, and when: the same for both questions about it.
#define TO_BE_LOOKED_AT "account_id = $1 AND look_at IS NOT NULL AND status = 'published' AND removing = 0"

NewJob look_job(const std::string& account)
{
    // Not urgent: what a database that is away delays is taken up again by plan_looks().
    return {.kind = look_at_posts, .subject = account, .unique_key = "look:" + account, .max_attempts = 20};
}

std::chrono::microseconds LookTimes::next(std::int64_t looks, double dice) const
{
    const std::chrono::microseconds whole = looks == 0 ? first : looks == 1 ? first * 24 : first * 24 * 7;
    return to_micros(whole * (0.9 + 0.2 * dice)); // so that what was published together is not looked at together
}

Task<> plan_looks(Database& database, JobQueue& queue)
{
    static constexpr Sql without{
        "SELECT DISTINCT p.account_id FROM publications p WHERE p.look_at IS NOT NULL AND p.status = 'published'"
        " AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.unique_key = 'look:' || p.account_id)"};
    const Rows rows = co_await database.read(without);
    if (rows.empty())
        co_return;
    auto transaction = co_await database.begin();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        NewJob job = look_job(std::string(rows[i].text(0)));
        co_await queue.enqueue(*transaction, std::move(job));
    }
    co_await transaction->commit();
    queue.wake();
}

struct PostLooks::Post {
    std::string id, video, platform, remote_id, url, account;
    std::string privacy; // as it was last seen; "" before
    std::string options;
    std::int64_t looks = 0; // that found it
    Instant published_at{};
    std::optional<Instant> missing_since;
};

Task<JobResult> PostLooks::work(const Job& job)
{
    const auto id = AccountId::parse(job.subject);
    std::optional<Account> account;
    if (id)
        account = co_await tools_.accounts.find(*id);
    if (!account || times_.first == 0s)
        co_return co_await leave_alone(job.subject);
    if (!tools_.accounts.is_ours(*account))
        co_return Snooze{look_at_other_networks_after};
    if (account->status != Account::Status::connected)
        co_return Snooze{times_.longest_nap()};
    std::optional<Post> due = co_await find_due(job.subject);
    if (!due)
        co_return co_await rest(job.subject);
    co_return co_await look(job, *std::move(due), *account);
}

Task<std::optional<PostLooks::Post>> PostLooks::find_due(const std::string& account)
{
    static constexpr Sql query{
        "SELECT id, video_id, platform, COALESCE(platform_post_id, ''), permalink, seen_privacy, options, looks,"
        " COALESCE(published_at, updated_at), missing_since FROM publications WHERE " TO_BE_LOOKED_AT
        " AND look_at <= $2 ORDER BY look_at, id LIMIT 1"};
    const Rows rows = co_await tools_.db.read(query, account, micros(tools_.clock.now()));
    if (rows.empty())
        co_return std::nullopt;
    const Row row = rows.front();
    Post post;
    post.id = row.text(0);
    post.video = row.text(1);
    post.platform = row.text(2);
    post.remote_id = row.text(3);
    post.url = row.text(4);
    post.account = account;
    post.privacy = row.text(5);
    post.options = row.text(6);
    post.looks = row.integer(7);
    post.published_at = Instant{std::chrono::microseconds(row.integer(8))};
    if (!row.is_null(9))
        post.missing_since = Instant{std::chrono::microseconds(row.integer(9))};
    co_return post;
}

// Nothing is due: until something will be.
Task<JobResult> PostLooks::rest(const std::string& account)
{
    static constexpr Sql query{"SELECT MIN(look_at) FROM publications WHERE " TO_BE_LOOKED_AT};
    const Rows rows = co_await tools_.db.read(query, account);
    if (rows.empty() || rows.front().is_null(0))
        co_return Done{};
    const Instant next{std::chrono::microseconds(rows.front().integer(0))};
    co_return Snooze{std::clamp<std::chrono::microseconds>(next - tools_.clock.now(), 1s, times_.longest_nap())};
}

// The account is gone, or the operator wants no looks.
Task<JobResult> PostLooks::leave_alone(const std::string& account)
{
    static constexpr Sql forget{"UPDATE publications SET look_at = NULL WHERE account_id = $1"};
    if (times_.first == 0s)
        co_return Done{};
    auto transaction = co_await tools_.db.begin();
    co_await transaction->run(forget, account);
    co_await transaction->commit();
    co_return Done{};
}

Task<JobResult> PostLooks::look(const Job& job, Post post, const Account& account)
{
    static constexpr Sql plan{"UPDATE publications SET look_at = $2 WHERE id = $1 AND look_at IS NOT NULL"};
    const Platform* platform = find_platform(tools_.platforms, post.platform);
    std::unique_ptr<Conversation> conversation;
    if (platform && !post.remote_id.empty())
        conversation = platform->look(post.remote_id, account.facts(), tools_.clock);
    const Instant first = post.published_at + times_.next(0, roll_dice());
    const bool too_early =
        post.looks == 0 && !post.missing_since && tools_.clock.now() < post.published_at + times_.first;
    std::vector<PublicationNote> notes;
    Step step = Wait{};
    if (conversation && !too_early)
        step = co_await converse_as(tools_, account.id, *conversation, nullptr, &notes);

    FAIL_POINT("look.answered");
    auto transaction = co_await tools_.db.begin();
    const bool ours = co_await tools_.queue.holds(*transaction, job);
    if (!ours)
        co_return Done{};
    std::chrono::microseconds pause = times_.apart();
    const auto* wait = std::get_if<Wait>(&step);
    if (!conversation) {
        co_await transaction->run(plan, post.id, Value());
        pause = 0s;
    } else if (too_early) {
        co_await transaction->run(plan, post.id, micros(first));
        pause = 0s;
    } else if (const auto* seen = std::get_if<StillThere>(&step)) {
        co_await write_there(*transaction, post, *seen, std::move(notes));
    } else if (std::holds_alternative<Gone>(step)) {
        co_await write_absent(*transaction, post, std::move(notes));
    } else {
        // Nothing is known. The others of the account have their turn first, when the network is at its best again.
        co_await transaction->run(plan, post.id, micros(tools_.clock.now() + times_.first));
        tools_.counters.count_look(post.platform, "unknown");
        pause = times_.again();
        if (wait && wait->until)
            pause = std::max<std::chrono::microseconds>(pause, *wait->until - tools_.clock.now());
    }
    co_await transaction->commit();
    co_return Snooze{pause};
}

Task<> PostLooks::write_there(Transaction& transaction, const Post& post, const StillThere& seen,
                              std::vector<PublicationNote> notes)
{
    static constexpr Sql update{
        "UPDATE publications SET look_at = $2, looks = looks + 1, seen_at = $3, missing_since = NULL, permalink = $4,"
        " seen_privacy = $5, updated_at = CASE WHEN $6 = 1 THEN $3 ELSE updated_at END"
        " WHERE id = $1 AND status = 'published'"};
    const Instant now = tools_.clock.now();
    const bool moved = !seen.url.empty() && seen.url != post.url;
    PublishOrder asked;
    asked.options = boost::json::parse(post.options).as_object();
    const std::string before = post.privacy.empty() ? option_text(asked, "privacy", "public") : post.privacy;
    const bool shown_to_others = !seen.privacy.empty() && seen.privacy != before;
    if (!moved && !shown_to_others && !post.missing_since)
        notes.clear(); // all is well: nobody wants to read that every week
    if (post.missing_since)
        notes.push_back({now, "the post is there again", 0, ""});
    if (moved)
        notes.push_back({now, "the post has another address", 0, post.url + " -> " + seen.url});
    if (shown_to_others)
        notes.push_back({now, "the post is shown to others than before", 0, before + " -> " + seen.privacy});
    const std::int64_t changed = notes.empty() ? 0 : 1;
    co_await transaction.run(update, post.id, micros(now + times_.next(post.looks + 1, roll_dice())), micros(now),
                             moved ? seen.url : post.url, seen.privacy.empty() ? post.privacy : seen.privacy, changed);
    co_await append_notes(transaction, post.id, std::move(notes));
    tools_.counters.count_look(post.platform, moved || shown_to_others ? "changed" : "there");
}

Task<> PostLooks::write_absent(Transaction& transaction, const Post& post, std::vector<PublicationNote> notes)
{
    static constexpr Sql doubt{"UPDATE publications SET look_at = $2, missing_since = COALESCE(missing_since, $3),"
                               " updated_at = $3 WHERE id = $1 AND status = 'published'"};
    const Instant now = tools_.clock.now();
    co_await append_notes(transaction, post.id, std::move(notes));
    // The margin is for a job that came a moment early.
    if (post.missing_since && now - *post.missing_since >= times_.again() * 9 / 10) {
        co_await write_gone(transaction, post);
        co_return;
    }
    co_await transaction.run(doubt, post.id, micros(now + times_.again()), micros(now));
    tools_.counters.count_look(post.platform, "missing");
}

Task<> PostLooks::write_gone(Transaction& transaction, const Post& post)
{
    // What somebody takes back just now, or has found elsewhere, is none of ours.
    static constexpr Sql mark{
        "UPDATE publications SET status = 'deleted', reason_code = $3, reason = $4, look_at = NULL,"
        " updated_at = $5 WHERE id = $1 AND status = 'published' AND removing = 0"
        " AND platform_post_id = $2"};
    const Instant now = tools_.clock.now();
    const Platform* platform = find_platform(tools_.platforms, post.platform);
    const Rows marked = co_await transaction.run(
        mark, post.id, post.remote_id, std::string(gone_reason),
        std::string(platform->title()) + " has the post no more: it was removed over there.", micros(now));
    if (marked.changed() != 1)
        co_return;
    std::vector<PublicationNote> notes{{now, "the post was removed over there", 0, post.url}};
    co_await append_notes(transaction, post.id, std::move(notes));
    const VideoId video = VideoId::parse(post.video).value();
    std::vector<std::string> on = co_await published_platforms(transaction, video);
    co_await tools_.videos.set_published(transaction, video, std::move(on));
    PublicationNews news{.id = post.id,
                         .video = post.video,
                         .account = post.account,
                         .platform = post.platform,
                         .state = PublicationState::deleted,
                         .reason_code = std::string(gone_reason),
                         .url = post.url};
    co_await tell_publication(transaction, event_type::publication_gone, std::move(news), now);
    tools_.counters.count_look(post.platform, "gone");
    log(LogLevel::warn, "a post was removed over there", {{"publication", post.id}, {"platform", post.platform}});
}

} // namespace vitrina

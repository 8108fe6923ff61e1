#include "library/adopted_changes.hpp"

#include "core/errors.hpp"
#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "library/content_digest.hpp"
#include "library/inspect.hpp"
#include "library/video_events.hpp"
#include "storage/object_key.hpp"

#include <map>

namespace vitrina {
namespace {

constexpr std::int64_t at_a_time = 50;
// A row may be there before its file.
constexpr int looks_for_file = 3;

VideoReason file_is_missing()
{
    return {"VT-MED-091", "The stored file that this entry names is not in the store"};
}

VideoReason key_is_strange()
{
    return {"VT-MED-092",
            "The stored file has a name that cannot be used here: letters, digits, '.', '_' and '-' only"};
}

} // namespace

Task<bool> is_adopted_database(Database& database)
{
    static constexpr Sql query{"SELECT 1 WHERE to_regclass('adopted_changes') IS NOT NULL"};
    if (database.dialect() != Dialect::postgres)
        co_return false; // the sketch knows no other
    const Rows rows = co_await database.read(query);
    co_return !rows.empty();
}

AdoptedChanges::AdoptedChanges(Database& database, ObjectStore& store, JobQueue& queue, Videos& videos,
                               Deletion& deletion)
    : db_(database), store_(store), queue_(queue), videos_(videos), deletion_(deletion)
{
}

// One change that cannot be taken must not hold up those behind it: it is found by taking them one by one, said, and
// passed over.
Task<> AdoptedChanges::take()
{
    std::int64_t at_once = at_a_time;
    while (true) {
        std::string trouble;
        std::int64_t taken = 0;
        try {
            taken = co_await take_some(at_once);
        } catch (const Unavailable&) {
            throw;
        } catch (const std::exception& error) {
            trouble = error.what();
        }
        if (trouble.empty()) {
            queue_.wake();
            if (taken < at_once)
                co_return;
            at_once = at_a_time;
        } else if (at_once > 1) {
            at_once = 1;
        } else {
            co_await pass_over(std::move(trouble));
        }
    }
}

Task<> AdoptedChanges::pass_over(std::string trouble)
{
    static constexpr Sql remove{"DELETE FROM adopted_changes WHERE number = (SELECT MIN(number) FROM adopted_changes)"
                                " RETURNING video_id"};
    const Rows rows = co_await db_.write(remove);
    if (!rows.empty())
        log(LogLevel::error, "what was written into the sketch's tables could not be taken over",
            {{"video", rows.front().text(0)}, {"reason", trouble}});
}

Task<std::int64_t> AdoptedChanges::take_some(std::int64_t most)
{
    static constexpr Sql waiting{"SELECT number, video_id, change FROM adopted_changes ORDER BY number LIMIT $1"};
    static constexpr Sql done{"DELETE FROM adopted_changes WHERE number <= $1"};

    const Rows some = co_await db_.read(waiting, most);
    if (some.empty())
        co_return 0;
    // The same again, now that nobody else can take them or add to them.
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(waiting, most);
    std::map<VideoId, bool> changed; // each once; whether that side deleted it
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (const auto id = VideoId::parse(rows[i].text(1)))
            changed[*id] |= rows[i].text(2) == "deleted";
    for (const auto& [id, deleted] : changed)
        co_await take_video(*transaction, id, deleted);
    if (!rows.empty())
        co_await transaction->run(done, rows[rows.size() - 1].integer(0));
    FAIL_POINT("library.adopted.before_commit");
    co_await transaction->commit();
    co_return static_cast<std::int64_t>(rows.size());
}

Task<> AdoptedChanges::take_video(Transaction& transaction, VideoId id, bool deleted)
{
    const std::optional<Video> video = co_await videos_.refresh_words(transaction, id);
    const Instant now = queue_.clock().now();
    if (!video) {
        if (!deleted)
            co_return; // we did, and saw to everything
        co_await deletion_.follow(transaction, id);
        co_await tell_video_deleted(transaction, id, now);
        co_return;
    }
    co_await tell(transaction, *video, now);
    if (!video->sha256.empty())
        co_return;
    NewJob job{.kind = adopt_file, .subject = id.text(), .unique_key = std::string(adopt_file) + ":" + id.text()};
    job.max_attempts = adopt_file_attempts;
    co_await queue_.enqueue(transaction, std::move(job));
}

// What that side did is known only by what is there now.
Task<> AdoptedChanges::tell(Transaction& transaction, const Video& video, Instant now)
{
    static constexpr Sql was_told{"SELECT 1 FROM events WHERE video_id = $1 LIMIT 1"};
    const Rows told = co_await transaction.run(was_told, video.id.text());
    if (told.empty() && video.sha256.empty()) {
        co_await tell_video_uploaded(transaction, video, now);
        co_return;
    }
    std::vector<std::string> changed{"title", "description", "tags"};
    co_await tell_video_updated(transaction, video.id, std::move(changed), now);
}

Task<JobResult> AdoptedChanges::work(const Job& job)
{
    // One that was given up because its file was not there yet is looked at anew.
    static constexpr Sql set_video{
        "UPDATE videos SET file_size = $3, sha256 = $4, status = 'processing', reasons = '[]'"
        " WHERE id = $1 AND s3_key = $2 AND sha256 = '' AND deleted_at IS NULL"};
    static constexpr Sql set_object{"UPDATE objects SET size = $2, sha256 = $3 WHERE key = $1"};

    const auto id = VideoId::parse(job.subject);
    if (!id)
        co_return GiveUp{"the subject is not a video's id"};
    const auto video = co_await videos_.find(*id);
    if (!video || !video->sha256.empty())
        co_return Done{};
    if (!is_object_key(video->source_key)) {
        co_await store_failure(*id, key_is_strange());
        co_return Done{};
    }
    const auto content = co_await store_.open(video->source_key);
    if (!content) {
        if (job.attempts < looks_for_file)
            throw std::runtime_error("the file of an adopted entry is not in the store");
        co_await store_failure(*id, file_is_missing());
        co_return Done{};
    }
    const auto read = co_await sha256_of(*content);
    if (!read)
        throw Unavailable("an adopted file ended before its time");
    const std::string& sha256 = *read;
    const auto size = static_cast<std::int64_t>(content->size());

    auto transaction = co_await db_.begin();
    const Rows set = co_await transaction->run(set_video, id->text(), video->source_key, size, sha256);
    if (set.changed() == 0)
        co_return Snooze{std::chrono::seconds(0)}; // deleted, or given another file meanwhile: look again
    co_await transaction->run(set_object, video->source_key, size, sha256);
    NewJob inspection{.kind = inspect_media, .subject = id->text(), .max_attempts = inspect_media_attempts + 1};
    inspection.unique_key = std::string(inspect_media) + ":" + inspection.subject;
    co_await queue_.enqueue(*transaction, std::move(inspection));
    FAIL_POINT("library.adopted.file_before_commit");
    co_await transaction->commit();
    queue_.wake();
    co_return Done{};
}

Task<> AdoptedChanges::store_failure(VideoId id, VideoReason reason)
{
    auto transaction = co_await db_.begin();
    const bool marked = co_await videos_.mark_failed(*transaction, id, std::move(reason));
    if (marked)
        co_await transaction->commit();
}

} // namespace vitrina

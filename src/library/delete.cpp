#include "library/delete.hpp"

#include "core/fail_point.hpp"

namespace vitrina {
namespace {

constexpr std::chrono::seconds look_again{5};

} // namespace

Deletion::Deletion(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock, Videos& videos,
                   DeletionHooks hooks)
    : db_(database), queue_(queue), videos_(videos), objects_(database, store, clock), hooks_(std::move(hooks))
{
}

Task<Result<void>> Deletion::remove(VideoId id, std::optional<std::int64_t> expected_version)
{
    auto transaction = co_await db_.begin();
    if (expected_version) {
        const bool as_seen = co_await videos_.is_of_version(*transaction, id, *expected_version);
        if (!as_seen)
            co_return changed_meanwhile();
    }
    const bool marked = co_await videos_.mark_deleted(*transaction, id);
    if (!marked)
        co_return no_such_video();
    co_await follow(*transaction, id);
    FAIL_POINT("library.delete.before_commit");
    co_await transaction->commit();
    FAIL_POINT("library.delete.committed");
    queue_.wake();
    co_return Result<void>{};
}

Task<> Deletion::follow(Transaction& transaction, VideoId id)
{
    if (hooks_.on_delete)
        co_await hooks_.on_delete(transaction, id);
    NewJob purge{.kind = purge_video, .subject = id.text(), .unique_key = std::string(purge_video) + ":" + id.text()};
    purge.max_attempts = purge_video_attempts;
    co_await queue_.enqueue(transaction, std::move(purge));
}

Task<JobResult> Deletion::work(const Job& job)
{
    const auto id = VideoId::parse(job.subject);
    if (!id)
        co_return GiveUp{"the subject is not a video's id"};
    if (hooks_.in_use) {
        const bool in_use = co_await hooks_.in_use(*id);
        if (in_use)
            co_return Snooze{look_again};
    }
    const auto alive = co_await videos_.find(*id);
    if (alive)
        co_return GiveUp{"the video is not deleted"};
    co_await objects_.purge(*id);
    FAIL_POINT("library.delete.purged");
    co_await videos_.forget_deleted(*id);
    FAIL_POINT("library.delete.forgotten");
    co_return Done{};
}

} // namespace vitrina

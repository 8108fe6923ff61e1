#pragma once
#include "core/result.hpp"
#include "db/database.hpp"
#include "jobs/job.hpp"
#include "jobs/queue.hpp"
#include "library/objects.hpp"
#include "library/videos.hpp"
#include "storage/object_store.hpp"

#include <functional>

namespace vitrina {

// The kind of the job that removes a deleted video's bytes; its subject is the video's id.
inline constexpr const char* purge_video = "purge_video";
// A store that is away for a day must not leave bytes behind.
inline constexpr int purge_video_attempts = 100;

// What publishing has to say about a delete; app/ connects them. Empty members: nothing is published.
struct DeletionHooks {
    // In the transaction of the delete: withdraws what is queued and has not been armed.
    std::function<Task<>(Transaction&, VideoId)> on_delete;
    // Whether bytes of the video are on their way to a network just now: the purge waits.
    std::function<Task<bool>(VideoId)> in_use;
};

// Deleting a video: gone from every list and URL at once, its bytes removed by a job.
class Deletion {
public:
    Deletion(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock, Videos& videos,
             DeletionHooks hooks = {});

    // Missing (VT-VID-001) when there is no such video, also for the second of two deletes at once. With a version,
    // only that one is deleted: precondition_failed (VT-VID-002) when it was changed since.
    Task<Result<void>> remove(VideoId id, std::optional<std::int64_t> expected_version = {});

    // What comes with it, in the transaction that marks it deleted, or after it when another hand than ours did that.
    Task<> follow(Transaction& transaction, VideoId id);

    // Handler of `purge_video`: after it there is no row and no object. May run twice.
    Task<JobResult> work(const Job& job);

private:
    Database& db_;
    JobQueue& queue_;
    Videos& videos_;
    Objects objects_;
    DeletionHooks hooks_;
};

} // namespace vitrina

#pragma once
#include "core/video.hpp"
#include "db/database.hpp"
#include "jobs/job.hpp"
#include "jobs/queue.hpp"
#include "library/delete.hpp"
#include "library/videos.hpp"
#include "storage/object_store.hpp"

namespace vitrina {

// The kind of the job that reads an adopted file through; its subject is the video's id.
inline constexpr const char* adopt_file = "adopt_file";
// A store that is away for a day is no reason to give up.
inline constexpr int adopt_file_attempts = 100;

// Whether there is a sketch's side.
Task<bool> is_adopted_database(Database& database);

// What the sketch's side wrote into its own tables (db/postgres/sketch_bridge). It is listed from the moment of its
// commit; what only this program can work out follows here: the folded words it is found by, the true size and hash of
// its file, its facts, and what a delete brings with it.
class AdoptedChanges {
public:
    AdoptedChanges(Database& database, ObjectStore& store, JobQueue& queue, Videos& videos, Deletion& deletion);

    Task<bool> are_expected() { return is_adopted_database(db_); }
    // Everything that waits, some dozens in each transaction.
    Task<> take();
    // Handler of `adopt_file`. May run twice.
    Task<JobResult> work(const Job& job);

private:
    Task<std::int64_t> take_some(std::int64_t most);
    Task<> take_video(Transaction& transaction, VideoId id, bool deleted);
    Task<> pass_over(std::string trouble);
    Task<> tell(Transaction& transaction, const Video& video, Instant now);
    Task<> store_failure(VideoId id, VideoReason reason);

    Database& db_;
    ObjectStore& store_;
    JobQueue& queue_;
    Videos& videos_;
    Deletion& deletion_;
};

} // namespace vitrina

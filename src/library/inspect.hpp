#pragma once
#include "core/video.hpp"
#include "db/database.hpp"
#include "jobs/job.hpp"
#include "library/objects.hpp"
#include "library/outcome_board.hpp"
#include "library/videos.hpp"
#include "media/inspector.hpp"
#include "storage/object_store.hpp"

#include <string>

namespace vitrina {

// The kind of the job that inspects a new video; its subject is the video's id.
inline constexpr const char* inspect_media = "inspect_media";
// A file that fails the inspection itself (not: is refused by it) this often is taken for one that cannot be read.
inline constexpr int inspect_media_attempts = 5;

// Finds out what was uploaded: facts, pictures, and whether it is media at all. Used by every loop's thread; lives
// as long as they run.
class Inspection {
public:
    // `owner`, instance_id(), holds the leases of the pictures while they are written.
    Inspection(Database& database, ObjectStore& store, const Clock& clock, Videos& videos, MediaInspector& inspector,
               std::string owner);

    // A hint that a file is on its way. Cheap; any thread.
    void prepare() noexcept { inspector_.prepare(); }

    // Handler of `inspect_media`. May run twice: a video with an outcome is left alone.
    Task<JobResult> work(const Job& job);

    // The same for one video, at once. Its outcome is in the database and was announced when it ends; what is
    // thrown means that it has none yet.
    Task<> inspect(VideoId id);

    // Hears of the outcomes of inspections of this process.
    OutcomeBoard& outcomes() { return outcomes_; }

private:
    Task<> store_facts(const Video& video, const MediaFacts& facts);
    Task<> store_failure(const Video& video, VideoReason reason);
    Task<bool> is_of_file(Transaction& transaction, const Video& read);
    Task<ObjectKey> store_picture(VideoId id, const Picture& picture);

    Database& db_;
    ObjectStore& store_;
    Videos& videos_;
    MediaInspector& inspector_;
    Objects objects_;
    std::string owner_;
    OutcomeBoard outcomes_;
};

} // namespace vitrina

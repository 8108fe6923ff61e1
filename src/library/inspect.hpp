#pragma once
#include "core/video.hpp"
#include "db/database.hpp"
#include "jobs/job.hpp"
#include "library/objects.hpp"
#include "library/videos.hpp"
#include "media/inspector.hpp"
#include "storage/object_store.hpp"

#include <functional>
#include <memory>

namespace vitrina {

// The kind of the job that inspects a new video; its subject is the video's id.
inline constexpr const char* inspect_media = "inspect_media";

struct InspectionOptions {
    std::string owner; // instance_id(): holds the lease of the thumbnails while they are written
    int max_attempts = 5; // then the file is taken for one that cannot be read
};

// Finds out what was uploaded: facts, pictures, and whether it is media at all. Used by every loop's thread.
class Inspection {
public:
    Inspection(Database& database, ObjectStore& store, const Clock& clock, Videos& videos, MediaInspector& inspector,
               InspectionOptions options);
    ~Inspection();

    // Handler of `inspect_media`. May run twice: a video with an outcome is left alone.
    Task<JobResult> work(const Job& job);

    // The same for one video, at once. Ends when its outcome is in the database.
    Task<> inspect(VideoId id);

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace vitrina

#pragma once
#include "core/video.hpp"
#include "db/database.hpp"
#include "jobs/queue.hpp"
#include "library/objects.hpp"
#include "library/videos.hpp"
#include "storage/object_store.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace vitrina {

class Inspection;

// One file on its way in. Its object is recorded as pending, durably, before the first byte reaches the store.
// Dropping it before finish() returned a video leaves nothing behind; after a crash the sweep removes the remains.
class Upload {
public:
    virtual ~Upload() = default;
    virtual VideoId id() const = 0;
    virtual std::uint64_t size() const = 0; // bytes so far
    // The bytes are taken before it returns. Throws StorageFull, Unavailable.
    virtual Task<> write(std::span<const std::byte> bytes) = 0;
    // Asked within the transaction that makes the file a video: false stops it, and nothing of the file is kept.
    using Fence = std::function<Task<bool>(Transaction&)>;
    // The file and its entry are durable when it returns. A fault (unsupported_media, VT-UPL-001) for an empty file.
    // Throws Unavailable where the fence stops it.
    virtual Task<Result<Video>> finish(VideoTitle title, VideoDescription description, VideoTags tags,
                                       Fence fence = {}) = 0;
};

struct UploadOptions {
    std::string owner; // instance_id() of core/instance.hpp
    std::chrono::seconds lease{600}; // of a file on its way in; renewed while bytes flow
    // Of this process, where it has the work role: an upload is then inspected at once, and the job in the queue is
    // only there in case we crash. Null: another process takes the job.
    Inspection* inspection = nullptr;
};

// Receives uploads. Lives as long as the loops run; used by every loop's thread.
class Uploads {
public:
    Uploads(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock, Videos& videos,
            UploadOptions options);

    // `client_name` is the file's name as the client gave it, or ""; only its extension is ever looked at, when the
    // first bytes do not say what they are. `announced`: about how many bytes will come, where the client said so.
    // Nothing happens before the first byte.
    std::unique_ptr<Upload> open(std::string client_name, std::optional<std::uint64_t> announced = {});

    // Waits until the inspection has had its say, at most `patience`: the video as it is then, still `processing`
    // when the time is up. A fault (unsupported_media) when the inspection refused the file: the video and
    // everything of it is gone then. Missing when somebody deleted it meanwhile.
    Task<Result<Video>> await_facts(VideoId id, std::chrono::milliseconds patience = std::chrono::seconds(10));
    // The process ends: who waits is answered with what there is. From any thread.
    void stop_waiting() { waiting_ = false; }

private:
    class StoredUpload;

    Task<> remove_refused(VideoId id);

    Database& db_;
    ObjectStore& store_;
    JobQueue& queue_;
    const Clock& clock_;
    Videos& videos_;
    Objects objects_;
    UploadOptions options_;
    std::atomic<bool> waiting_{true};
};

} // namespace vitrina

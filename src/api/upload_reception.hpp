#pragma once
#include "api/idempotency.hpp"
#include "api/upload_form.hpp"
#include "core/time_spent.hpp"
#include "core/video.hpp"
#include "library/receive.hpp"
#include "library/videos.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace vitrina {

struct VideoWords {
    VideoTitle title;
    VideoDescription description;
    VideoTags tags;
};

// In what the two surfaces differ when they receive an upload.
struct UploadSurface {
    std::string_view pattern; // of the route
    std::chrono::milliseconds patience; // how long the answer waits for the video's facts
    std::function<Result<VideoWords>(const UploadForm&)> judge;
    std::function<Task<Response>(const Request&, const Video&)> created;
};

// Seen by the metrics.
struct UploadCounters {
    std::atomic<int> active = 0;
    std::atomic<std::uint64_t> completed = 0, refused = 0, broken = 0; // broken: the client or the server went away
    std::atomic<std::uint64_t> bytes_acknowledged = 0; // of files that are durable, and whose sender is told so
    TimeSpent finalize; // from a form's last byte until its file and its entry are durable
};

struct UploadReceptionOptions {
    std::uint64_t max_file = 0; // bytes; 0: as much as there is room for
};

// Receives a video over HTTP: form to library, once per Idempotency-Key. Both surfaces use it.
class UploadReception {
public:
    UploadReception(Uploads& uploads, Videos& videos, IdempotencyKeys& keys, UploadReceptionOptions options = {})
        : uploads_(uploads), videos_(videos), keys_(keys), options_(options)
    {
    }

    // 201 only when the video is durable. After anything else, or when the client goes away, nothing is left.
    Task<Response> receive(const Request& request, const UploadSurface& surface);

    const UploadCounters& counters() const { return counters_; }

private:
    class Reception;

    Uploads& uploads_;
    Videos& videos_;
    IdempotencyKeys& keys_;
    const UploadReceptionOptions options_;
    UploadCounters counters_;
};

} // namespace vitrina

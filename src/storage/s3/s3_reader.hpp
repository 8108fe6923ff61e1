#pragma once
#include "http/outbound_loop.hpp"
#include "storage/s3/background_tasks.hpp"
#include "storage/s3/s3_client.hpp"

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace vitrina {

// Bytes of an object from `offset` on.
struct S3Window {
    std::uint64_t offset = 0;
    std::string bytes;

    bool holds(std::uint64_t at) const { return at >= offset && at - offset < bytes.size(); }
};
using S3WindowPtr = std::shared_ptr<const S3Window>;

// Where a ranged answer came from: "bytes 0-9/200".
struct S3ContentRange {
    std::uint64_t first = 0, last = 0, size = 0;
};
std::optional<S3ContentRange> parse_s3_content_range(std::string_view text);

// Reads one object by ranges. Who reads on gets larger windows, the next one under way while this one is used: two
// windows are held at most. Lives on the store's loop, where all its tasks run; they hold it.
class S3Reader {
public:
    static constexpr std::uint64_t first_window = 64u << 10; // read when it is opened: a small object is one request
    static constexpr std::uint64_t largest_window = 1u << 20;

    S3Reader(S3Client& client, BackgroundTasks& background, Executor loop, std::string key, std::uint64_t size)
        : client_(client), background_(background), loop_(loop), key_(std::move(key)), size_(size)
    {
    }

    struct Opened {
        std::uint64_t size = 0;
        S3WindowPtr begin; // null for an empty object
    };
    // Nothing when there is no such object.
    static Task<std::optional<Opened>> open(S3Client& client, std::string key);

    // A window that holds the byte at `offset`, which lies in the object. Throws Unavailable, also when the object is
    // gone by now.
    static Task<S3WindowPtr> window_at(std::shared_ptr<S3Reader> self, std::uint64_t offset);

private:
    // A window under way.
    struct Fetch {
        Fetch(Executor loop, std::uint64_t at) : offset(at), ended(loop, LoopTimer::time_point::max()) {}
        const std::uint64_t offset;
        LoopTimer ended; // cancelled when it has
        S3WindowPtr window;
        std::exception_ptr failure;
    };
    static Task<> run_fetch(std::shared_ptr<S3Reader> self, std::shared_ptr<Fetch> fetch);
    Task<S3WindowPtr> fetch_at(std::uint64_t offset);
    Task<S3WindowPtr> finish(std::shared_ptr<Fetch> fetch);

    S3Client& client_;
    BackgroundTasks& background_;
    Executor loop_;
    const std::string key_;
    const std::uint64_t size_;
    std::uint64_t length_ = 2 * first_window; // of the next window
    std::uint64_t expected_ = first_window; // where it begins when the reader goes on
    std::shared_ptr<Fetch> ahead_;
};

} // namespace vitrina

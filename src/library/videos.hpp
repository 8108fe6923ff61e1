#pragma once
#include "core/video.hpp"
#include "db/database.hpp"
#include "library/video_query.hpp"
#include "media/facts.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// What a person may change. Absent members stay as they are.
struct VideoChange {
    std::optional<VideoTitle> title;
    std::optional<VideoDescription> description;
    std::optional<VideoTags> tags;
};

// What upload hands over once the bytes are stored.
struct NewVideo {
    VideoId id;
    std::string title, description;
    std::vector<std::string> tags;
    std::string source_key, content_type, sha256;
    std::uint64_t size = 0;
};

// The library's entries. Deleted ones are not there for anyone who asks through this.
class Videos {
public:
    Videos(Database& database, const Clock& clock) : db_(database), clock_(clock) {}

    Task<std::optional<Video>> find(VideoId id);
    Task<std::optional<Video>> find(Transaction& transaction, VideoId id);
    Task<VideoPage> list(VideoQuery query);
    // False where the database has no trigram index: searches then walk, within their time. From any thread.
    void search_through_index(bool there_is_one) { has_search_index_ = there_is_one; }

    // missing (VT-VID-001), or precondition_failed (VT-VID-002) when the version is another than expected.
    Task<Result<Video>> update(VideoId id, VideoChange change, std::optional<std::int64_t> expected_version);

    // A new entry, `processing`, within the transaction that makes its object live.
    Task<Video> add(Transaction& transaction, NewVideo video);
    // The inspection's outcomes. False when the video is gone or has an outcome already: then nothing was changed.
    // The keys are "" where there is no picture.
    Task<bool> mark_facts(Transaction& transaction, VideoId id, const MediaFacts& facts, std::string thumbnail_key,
                          std::string small_thumbnail_key);
    Task<bool> mark_failed(Transaction& transaction, VideoId id, VideoReason reason);
    // For publishing, in the transaction that records a network's own confirmation (or its withdrawal): the whole
    // list of platforms the video is on now. False when the video is gone.
    Task<bool> set_published(Transaction& transaction, VideoId id, std::vector<std::string> platforms);
    // Also true when there is no such video: that is for mark_deleted to say.
    Task<bool> is_of_version(Transaction& transaction, VideoId id, std::int64_t version);
    // Out of every list and search at once. False when it was already.
    Task<bool> mark_deleted(Transaction& transaction, VideoId id);

    // For what was written by another hand than ours: what the video is found and sorted by, worked out anew from what
    // it says now. Nothing when it is deleted: then it is not found by anything any more.
    Task<std::optional<Video>> refresh_words(Transaction& transaction, VideoId id);

    // The last trace of a deleted video, once its objects are gone.
    Task<> forget_deleted(VideoId id);

private:
    Database& db_;
    const Clock& clock_;
    std::atomic<bool> has_search_index_{true};
};

// As every surface says it.
Fault no_such_video();
Fault changed_meanwhile();

} // namespace vitrina

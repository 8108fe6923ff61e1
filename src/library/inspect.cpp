#include "library/inspect.hpp"

#include "core/digest.hpp"
#include "core/fail_point.hpp"

#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::chrono::seconds picture_lease{120};

bool is_unfinished(const Video& video)
{
    return video.status == VideoStatus::processing || video.status == VideoStatus::playable;
}

std::span<const std::byte> bytes_of(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

// What the child may read; `content` must outlive it.
MediaSource media_source(ContentSource& content)
{
    MediaSource source;
    source.size = content.size();
    source.descriptor = content.descriptor();
    source.read = [&content](std::uint64_t offset, std::span<std::byte> out) { return content.read(offset, out); };
    return source;
}

} // namespace

Inspection::Inspection(Database& database, ObjectStore& store, const Clock& clock, Videos& videos,
                       MediaInspector& inspector, std::string owner)
    : db_(database),
      store_(store),
      videos_(videos),
      inspector_(inspector),
      objects_(database, store, clock),
      owner_(std::move(owner))
{
}

Task<JobResult> Inspection::work(const Job& job)
{
    const auto id = VideoId::parse(job.subject);
    if (!id)
        co_return GiveUp{"the subject is not a video's id"};
    if (job.attempts >= inspect_media_attempts) {
        // It took workers down with it, or the store does not give it. Somebody has to look at it.
        VideoReason reason{"VT-MED-090", "The file could not be inspected, although it was tried several times"};
        const auto video = co_await videos_.find(*id);
        if (video)
            co_await store_failure(*video, std::move(reason));
        co_return GiveUp{"inspected in vain " + std::to_string(job.attempts) + " times"};
    }
    co_await inspect(*id);
    co_return Done{};
}

Task<> Inspection::inspect(VideoId id)
{
    const auto video = co_await videos_.find(id);
    if (!video || !is_unfinished(*video))
        co_return;
    const auto content = co_await store_.open(video->source_key);
    if (!content)
        throw std::runtime_error("the stored file of video " + id.text() + " is missing");

    FAIL_POINT("library.inspect.before");
    MediaSource source = media_source(*content);
    const auto facts = co_await inspector_.inspect(std::move(source));
    FAIL_POINT("library.inspect.after");
    if (facts) {
        co_await store_facts(*video, *facts);
        co_return;
    }
    if (facts.error().kind != FaultKind::unsupported_media)
        throw std::runtime_error("the inspection did not come to an end: " + facts.error().message);
    VideoReason reason{facts.error().code, facts.error().message};
    co_await store_failure(*video, std::move(reason));
}

// An adopted entry may be given another file while its old one is read (db/postgres/sketch_bridge).
Task<bool> Inspection::is_of_file(Transaction& transaction, const Video& read)
{
    const auto now = co_await videos_.find(transaction, read.id);
    co_return now && now->source_key == read.source_key;
}

Task<> Inspection::store_facts(const Video& video, const MediaFacts& facts)
{
    struct Stored {
        const Picture& picture;
        ObjectKey key;
    };
    Stored pictures[] = {{facts.thumbnail, ""}, {facts.small_thumbnail, ""}};
    for (Stored& stored : pictures)
        if (!stored.picture.jpeg.empty())
            stored.key = co_await store_picture(video.id, stored.picture);
    FAIL_POINT("library.inspect.pictures_stored");

    auto transaction = co_await db_.begin();
    bool current = co_await is_of_file(*transaction, video);
    if (current)
        current = co_await videos_.mark_facts(*transaction, video.id, facts, pictures[0].key, pictures[1].key);
    for (const Stored& stored : pictures)
        if (current && !stored.key.empty())
            current = co_await objects_.make_live(*transaction, stored.key, owner_, stored.picture.jpeg.size(),
                                                  sha256_hex(stored.picture.jpeg));
    if (current) {
        co_await transaction->commit();
        FAIL_POINT("library.inspect.committed");
        outcomes_.announce(video.id);
        co_return;
    }

    // Deleted or given another file meanwhile, or another worker was first.
    transaction.reset();
    for (const Stored& stored : pictures)
        if (!stored.key.empty())
            co_await objects_.discard(stored.key);
}

Task<> Inspection::store_failure(const Video& video, VideoReason reason)
{
    auto transaction = co_await db_.begin();
    const bool current = co_await is_of_file(*transaction, video);
    if (!current)
        co_return;
    const bool marked = co_await videos_.mark_failed(*transaction, video.id, std::move(reason));
    if (!marked)
        co_return;
    co_await transaction->commit();
    FAIL_POINT("library.inspect.failure_committed");
    outcomes_.announce(video.id);
}

// A picture whose inspection ends otherwise than it began keeps its pending row: the sweep removes it then.
Task<ObjectKey> Inspection::store_picture(VideoId id, const Picture& picture)
{
    ObjectKey key = make_thumbnail_key(id);
    ObjectLease lease{owner_, picture_lease};
    co_await objects_.add_pending(key, id, std::move(lease));
    const auto writer = co_await store_.create(key);
    co_await writer->write(bytes_of(picture.jpeg));
    co_await writer->finish();
    FAIL_POINT("library.inspect.picture");
    co_return key;
}

} // namespace vitrina

#include "library/videos.hpp"

#include "core/text_fold.hpp"
#include "library/json_columns.hpp"
#include "library/search_index.hpp"
#include "library/video_events.hpp"
#include "library/video_list.hpp"
#include "library/video_row.hpp"

#include <algorithm>

namespace vitrina {
namespace {

std::string status_text(VideoStatus status)
{
    return std::string(name(status));
}

std::vector<std::string> changed_members(const Video& before, const Video& now)
{
    std::vector<std::string> changed;
    if (now.title != before.title)
        changed.emplace_back("title");
    if (now.description != before.description)
        changed.emplace_back("description");
    if (now.tags != before.tags)
        changed.emplace_back("tags");
    return changed;
}

// Search and tag rows of the video, as it is now.
Task<> index_words(Transaction& transaction, const Video& video)
{
    static constexpr Sql drop_tags{"DELETE FROM video_tags WHERE seq = $1"};
    static constexpr Sql add_tag{"INSERT INTO video_tags (tag, seq) VALUES ($1, $2) ON CONFLICT (tag, seq) DO NOTHING"};

    std::string document = search_document(video.title, video.description, video.tags);
    co_await index_document(transaction, video.seq, std::move(document));
    co_await transaction.run(drop_tags, video.seq);
    for (const std::string& tag : video.tags)
        co_await transaction.run(add_tag, tag, video.seq);
}

Task<> forget_words(Transaction& transaction, std::int64_t seq)
{
    static constexpr Sql drop_tags{"DELETE FROM video_tags WHERE seq = $1"};

    co_await unindex_document(transaction, seq);
    co_await transaction.run(drop_tags, seq);
}

} // namespace

Fault changed_meanwhile()
{
    return {FaultKind::precondition_failed,
            "VT-VID-002",
            "The video was changed meanwhile",
            "Read it again and repeat the change with its new ETag",
            {},
            {}};
}

Fault no_such_video()
{
    return {FaultKind::missing, "VT-VID-001", "Video not found", "It may have been deleted; list the videos", {}, {}};
}

Task<std::optional<Video>> Videos::find(VideoId id)
{
    static constexpr Sql query{"SELECT " VIDEO_COLUMNS " FROM videos v WHERE v.id = $1 AND v.deleted_at IS NULL"};
    Rows rows = co_await db_.read(query, id.text());
    co_return rows.empty() ? std::nullopt : std::optional(read_video(rows.front()));
}

Task<std::optional<Video>> Videos::find(Transaction& transaction, VideoId id)
{
    static constexpr Sql query{"SELECT " VIDEO_COLUMNS " FROM videos v WHERE v.id = $1 AND v.deleted_at IS NULL"};
    Rows rows = co_await transaction.run(query, id.text());
    co_return rows.empty() ? std::nullopt : std::optional(read_video(rows.front()));
}

Task<VideoPage> Videos::list(VideoQuery query)
{
    return list_videos(db_, std::move(query), {.search_index = has_search_index_});
}

Task<Video> Videos::add(Transaction& transaction, NewVideo added)
{
    // A clock that was set back does not let dates run against the order of creation: lists by date rely on it.
    static constexpr Sql latest{"SELECT uploaded_at FROM videos ORDER BY seq DESC LIMIT 1"};
    static constexpr Sql insert{
        "INSERT INTO videos (id, title, title_key, description, tags, status, file_size, content_type, sha256, s3_key, "
        "uploaded_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING seq"};

    Rows last = co_await transaction.run(latest);
    const Instant after_last{std::chrono::microseconds{last.empty() ? 0 : last.front().integer(0) + 1}};

    Video video{.id = added.id,
                .title = std::move(added.title),
                .description = std::move(added.description),
                .tags = std::move(added.tags),
                .status = VideoStatus::processing,
                .size = added.size,
                .content_type = std::move(added.content_type),
                .sha256 = std::move(added.sha256),
                .source_key = std::move(added.source_key),
                .uploaded_at = std::max(clock_.now(), after_last)};
    video.updated_at = video.uploaded_at;

    Rows inserted =
        co_await transaction.run(insert, video.id.text(), video.title, title_sort_key(video.title), video.description,
                                 json_of(video.tags), status_text(video.status), static_cast<std::int64_t>(video.size),
                                 video.content_type, video.sha256, video.source_key, in_micros(video.uploaded_at));
    video.seq = inserted.front().integer(0);
    co_await index_words(transaction, video);
    co_await tell_video_uploaded(transaction, video, video.uploaded_at);
    co_return video;
}

Task<Result<Video>> Videos::update(VideoId id, VideoChange change, std::optional<std::int64_t> expected_version)
{
    static constexpr Sql store{"UPDATE videos SET title = $2, title_key = $3, description = $4, tags = $5, "
                               "changed_at = $6, version = $7 WHERE seq = $1"};

    auto transaction = co_await db_.begin();
    auto video = co_await find(*transaction, id);
    if (!video)
        co_return no_such_video();
    if (expected_version && video->version != *expected_version)
        co_return changed_meanwhile();

    const Video before = *video;
    if (change.title)
        video->title = change.title->text();
    if (change.description)
        video->description = change.description->text();
    if (change.tags)
        video->tags = change.tags->list();
    if (*video == before)
        co_return before; // nothing changed: the ETag stays good
    std::vector<std::string> changed = changed_members(before, *video);
    video->version += 1;
    video->updated_at = std::max(clock_.now(), before.updated_at);

    co_await transaction->run(store, video->seq, video->title, title_sort_key(video->title), video->description,
                              json_of(video->tags), in_micros(video->updated_at), video->version);
    co_await index_words(*transaction, *video);
    co_await tell_video_updated(*transaction, id, std::move(changed), video->updated_at);
    co_await transaction->commit();
    co_return *video;
}

Task<bool> Videos::mark_facts(Transaction& transaction, VideoId id, const MediaFacts& facts, std::string thumbnail_key,
                              std::string small_thumbnail_key)
{
    static constexpr Sql store{
        "UPDATE videos SET status = $2, duration = $3, duration_us = $4, width = $5, height = $6, rotation = $7, "
        "frame_rate = $8, container = $9, video_codec = $10, audio_codec = $11, content_type = $12, "
        "thumbnail_s3_key = $13, small_thumbnail_key = $14, changed_at = $15, version = version + 1 WHERE seq = $1"};

    const auto video = co_await find(transaction, id);
    const auto next = video ? after(video->status, VideoEvent::completed) : std::nullopt;
    if (!next)
        co_return false;
    const std::int64_t micros = facts.duration.count();
    const std::int64_t seconds = std::chrono::round<std::chrono::seconds>(facts.duration).count();
    co_await transaction.run(store, video->seq, status_text(*next), seconds, micros, facts.width, facts.height,
                             facts.rotation, facts.frame_rate, facts.container, facts.video_codec, facts.audio_codec,
                             facts.content_type, std::move(thumbnail_key), std::move(small_thumbnail_key),
                             in_micros(clock_.now()));
    co_await tell_video_ready(transaction, id, *next, facts, clock_.now());
    co_return true;
}

Task<bool> Videos::mark_failed(Transaction& transaction, VideoId id, VideoReason reason)
{
    static constexpr Sql store{"UPDATE videos SET status = $2, reasons = $3, changed_at = $4, version = version + 1 "
                               "WHERE seq = $1"};

    const auto video = co_await find(transaction, id);
    const auto next = video ? after(video->status, VideoEvent::refused) : std::nullopt;
    if (!next)
        co_return false;
    const std::vector<VideoReason> reasons{std::move(reason)};
    co_await transaction.run(store, video->seq, status_text(*next), json_of(reasons), in_micros(clock_.now()));
    co_await tell_video_failed(transaction, id, reasons.front(), clock_.now());
    co_return true;
}

Task<bool> Videos::set_published(Transaction& transaction, VideoId id, std::vector<std::string> platforms)
{
    static constexpr Sql store{"UPDATE videos SET is_published = $2, published_platforms = $3, changed_at = $4, "
                               "version = version + 1 WHERE id = $1 AND deleted_at IS NULL"};

    const std::int64_t is_published = platforms.empty() ? 0 : 1;
    Rows done = co_await transaction.run(store, id.text(), is_published, json_of(platforms), in_micros(clock_.now()));
    if (done.changed() != 1)
        co_return false;
    std::vector<std::string> changed{"published_platforms"};
    co_await tell_video_updated(transaction, id, std::move(changed), clock_.now());
    co_return true;
}

Task<bool> Videos::is_of_version(Transaction& transaction, VideoId id, std::int64_t version)
{
    const auto video = co_await find(transaction, id);
    co_return !video || video->version == version;
}

Task<bool> Videos::mark_deleted(Transaction& transaction, VideoId id)
{
    static constexpr Sql store{"UPDATE videos SET status = $2, deleted_at = $3, changed_at = $3, "
                               "version = version + 1 WHERE seq = $1"};

    const auto video = co_await find(transaction, id);
    const auto next = video ? after(video->status, VideoEvent::removed) : std::nullopt;
    if (!next)
        co_return false;
    co_await transaction.run(store, video->seq, status_text(*next), in_micros(clock_.now()));
    co_await forget_words(transaction, video->seq);
    co_await tell_video_deleted(transaction, id, clock_.now());
    co_return true;
}

Task<std::optional<Video>> Videos::refresh_words(Transaction& transaction, VideoId id)
{
    static constexpr Sql deleted{"SELECT seq FROM videos WHERE id = $1"};
    static constexpr Sql store{"UPDATE videos SET title_key = $2 WHERE seq = $1"};

    const auto video = co_await find(transaction, id);
    if (video) {
        co_await transaction.run(store, video->seq, title_sort_key(video->title));
        co_await index_words(transaction, *video);
        co_return video;
    }
    const Rows rows = co_await transaction.run(deleted, id.text());
    if (!rows.empty())
        co_await forget_words(transaction, rows.front().integer(0));
    co_return std::nullopt;
}

Task<> Videos::forget_deleted(VideoId id)
{
    static constexpr Sql forget{"DELETE FROM videos WHERE id = $1 AND deleted_at IS NOT NULL"};
    co_await db_.write(forget, id.text());
}

} // namespace vitrina

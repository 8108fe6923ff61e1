// Entries against the rows of their files, their jobs and their words.
#include "core/text_fold.hpp"
#include "library/adopted_changes.hpp"
#include "library/check.hpp"
#include "library/delete.hpp"
#include "library/inspect.hpp"
#include "library/json_columns.hpp"
#include "library/video_row.hpp"
#include "storage/object_key.hpp"

#include <set>

namespace vitrina {
namespace {

constexpr std::int64_t page = 200;

// The tags that the index knows: each once, in no order.
std::set<std::string> set_of(const std::vector<std::string>& texts)
{
    return {texts.begin(), texts.end()};
}

NewJob job_for(const char* kind, const std::string& id, int attempts)
{
    return {.kind = kind, .subject = id, .unique_key = std::string(kind) + ":" + id, .max_attempts = attempts};
}

} // namespace

Task<> LibraryCheck::check_videos()
{
    static constexpr Sql next{"SELECT seq FROM videos WHERE seq > $1 ORDER BY seq LIMIT $2"};
    std::int64_t last = 0;
    while (true) {
        const Rows rows = co_await db_.read(next, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].integer(0);
            ++report_.videos;
            const bool suspect = co_await is_suspect(last);
            if (suspect)
                co_await confirm(last);
        }
        if (rows.size() < static_cast<std::size_t>(page))
            co_return;
    }
}

Task<bool> LibraryCheck::is_to_be_adopted(Transaction& transaction, std::string id)
{
    static constexpr Sql waiting{"SELECT 1 FROM adopted_changes WHERE video_id = $1 LIMIT 1"};
    if (!adopts_)
        co_return false;
    const Rows rows = co_await transaction.run(waiting, std::move(id));
    co_return !rows.empty();
}

// One statement, so that it sees one moment.
Task<bool> LibraryCheck::is_suspect(std::int64_t seq)
{
    static constexpr Sql query{
        "SELECT v.title, v.description, v.tags, v.title_key, COALESCE(d.document, ''), v.deleted_at,"
        " (SELECT COUNT(*) FROM objects o WHERE o.state = 'live' AND"
        " o.key IN (v.s3_key, v.thumbnail_s3_key, v.small_thumbnail_key)),"
        " 1 + CASE WHEN v.thumbnail_s3_key = '' THEN 0 ELSE 1 END + CASE WHEN v.small_thumbnail_key = '' THEN 0 ELSE 1 "
        "END,"
        " (SELECT COUNT(*) FROM jobs j WHERE j.unique_key IN ('inspect_media:' || v.id, 'adopt_file:' || v.id)),"
        " (SELECT COUNT(*) FROM jobs j WHERE j.unique_key = 'purge_video:' || v.id), v.status,"
        " (SELECT COUNT(*) FROM video_tags t WHERE t.seq = v.seq)"
        " FROM videos v LEFT JOIN video_documents d ON d.seq = v.seq WHERE v.seq = $1"};
    const Rows rows = co_await db_.read(query, seq);
    if (rows.empty())
        co_return false;
    const Row row = rows.front();
    if (!row.is_null(5))
        co_return row.integer(9) == 0; // deleted: nobody to remove its files
    const std::vector<std::string> tags = texts_of(row.text(2));
    const bool has_words = row.text(3) == title_sort_key(row.text(0)) &&
                           row.text(4) == search_document(row.text(0), row.text(1), tags) &&
                           row.integer(11) == std::int64_t(set_of(tags).size());
    const bool waits = row.text(10) == "processing" || row.text(10) == "playable";
    co_return !has_words || row.integer(6) != row.integer(7) || (waits && row.integer(8) == 0);
}

// Adopted entries whose file was not in the store when it was looked for, and is now.
Task<> LibraryCheck::check_found_files()
{
    static constexpr Sql next{"SELECT seq, id, s3_key FROM videos WHERE status = 'failed' AND sha256 = '' AND"
                              " deleted_at IS NULL AND seq > $1 ORDER BY seq LIMIT $2"};
    std::int64_t last = 0;
    while (adopts_) {
        const Rows rows = co_await db_.read(next, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].integer(0);
            const std::string id(rows[i].text(1)), key(rows[i].text(2));
            if (!is_object_key(key))
                continue;
            const auto there = co_await store_.find(key);
            if (!there)
                continue;
            if (options_.repair) {
                auto transaction = co_await db_.begin();
                co_await queue_.enqueue(*transaction, job_for(adopt_file, id, adopt_file_attempts));
                co_await transaction->commit();
            }
            found(Wrong::job_missing, id, "its file is there now, and no job will read it", options_.repair);
        }
        if (rows.size() < static_cast<std::size_t>(page))
            co_return;
    }
}

Task<> LibraryCheck::confirm(std::int64_t seq)
{
    static constexpr Sql query{"SELECT id, deleted_at FROM videos WHERE seq = $1"};

    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(query, seq);
    if (rows.empty())
        co_return;
    const std::string id(rows.front().text(0));
    bool mended = false;
    if (!rows.front().is_null(1)) {
        co_await confirm_deletion(*transaction, id, mended);
    } else {
        const std::optional<Video> video = co_await videos_.find(*transaction, VideoId::parse(id).value());
        const bool waits = co_await is_to_be_adopted(*transaction, id);
        if (waits)
            co_return;
        co_await confirm_files(*transaction, *video, mended);
        co_await confirm_job(*transaction, *video, mended);
        co_await confirm_words(*transaction, *video, mended);
    }
    if (mended)
        co_await transaction->commit();
}

Task<> LibraryCheck::confirm_files(Transaction& transaction, const Video& video, bool& mended)
{
    static constexpr Sql known{"SELECT 1 FROM objects WHERE key = $1 AND state = 'live'"};
    static constexpr Sql add{"INSERT INTO objects (key, video_id, state, size, sha256, created_at, changed_at) "
                             "VALUES ($1, $2, 'live', $3, $4, $5, $5) ON CONFLICT (key) DO NOTHING"};
    static constexpr Sql waits{"UPDATE objects SET state = 'live', video_id = $2, changed_at = $3 WHERE key = $1 AND "
                               "state = 'stray'"};
    for (const ObjectKey& key : {video.source_key, video.thumbnail_key, video.small_thumbnail_key}) {
        if (!is_object_key(key))
            continue; // "", or one that was adopted under a name we would not give
        const Rows rows = co_await transaction.run(known, key);
        if (!rows.empty())
            continue;
        bool repaired = false;
        if (options_.repair) {
            const bool is_source = key == video.source_key;
            const std::int64_t now = in_micros(clock_.now());
            const Rows added = co_await transaction.run(add, key, video.id.text(),
                                                        is_source ? std::int64_t(video.size) : std::int64_t(0),
                                                        is_source ? video.sha256 : std::string(), now);
            const Rows explained = co_await transaction.run(waits, key, video.id.text(), now);
            repaired = added.changed() + explained.changed() > 0;
            mended = mended || repaired;
        }
        found(Wrong::object_missing, video.id.text(), "its file " + key + " has no row", repaired);
    }
}

Task<> LibraryCheck::confirm_job(Transaction& transaction, const Video& video, bool& mended)
{
    if (video.status != VideoStatus::processing && video.status != VideoStatus::playable)
        co_return;
    const std::string id = video.id.text();
    const bool inspected = co_await queue_.has_unfinished(transaction, std::string(inspect_media) + ":" + id);
    const bool adopted = co_await queue_.has_unfinished(transaction, std::string(adopt_file) + ":" + id);
    if (inspected || adopted)
        co_return;
    if (options_.repair) {
        co_await queue_.enqueue(transaction, video.sha256.empty()
                                                 ? job_for(adopt_file, id, adopt_file_attempts)
                                                 : job_for(inspect_media, id, inspect_media_attempts + 1));
        mended = true;
    }
    found(Wrong::job_missing, id, "it waits for its facts, and no job will find them out", options_.repair);
}

Task<> LibraryCheck::confirm_words(Transaction& transaction, const Video& video, bool& mended)
{
    static constexpr Sql words{"SELECT v.title_key, COALESCE(d.document, '') FROM videos v"
                               " LEFT JOIN video_documents d ON d.seq = v.seq WHERE v.seq = $1"};
    static constexpr Sql tags{"SELECT tag FROM video_tags WHERE seq = $1"};
    const Rows rows = co_await transaction.run(words, video.seq);
    const Rows tag_rows = co_await transaction.run(tags, video.seq);
    std::vector<std::string> known;
    for (std::size_t i = 0; i < tag_rows.size(); ++i)
        known.emplace_back(tag_rows[i].text(0));
    if (rows.front().text(0) == title_sort_key(video.title) &&
        rows.front().text(1) == search_document(video.title, video.description, video.tags) &&
        set_of(known) == set_of(video.tags))
        co_return;
    if (options_.repair) {
        co_await videos_.refresh_words(transaction, video.id);
        mended = true;
    }
    found(Wrong::words_stale, video.id.text(), "it is not found or sorted by what it says", options_.repair);
}

Task<> LibraryCheck::confirm_deletion(Transaction& transaction, std::string id, bool& mended)
{
    const bool under_way = co_await queue_.has_unfinished(transaction, std::string(purge_video) + ":" + id);
    const bool adopted = co_await is_to_be_adopted(transaction, id);
    if (under_way || adopted)
        co_return;
    if (options_.repair) {
        co_await queue_.enqueue(transaction, job_for(purge_video, id, purge_video_attempts));
        mended = true;
    }
    found(Wrong::delete_unfinished, id, "it was deleted, and no job will remove its files", options_.repair);
}

} // namespace vitrina

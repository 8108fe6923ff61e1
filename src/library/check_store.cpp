// The rows of files against their entries, and against the files themselves.
#include "library/check.hpp"
#include "library/content_digest.hpp"
#include "library/objects.hpp"
#include "library/video_row.hpp"
#include "storage/object_key.hpp"

namespace vitrina {
namespace {

constexpr const char* folders[] = {"videos/", "thumbnails/"};
constexpr std::int64_t page = 500;

} // namespace

Task<> LibraryCheck::check_objects()
{
    static constexpr Sql next{
        "SELECT o.key, o.video_id, o.state, CASE WHEN v.id IS NULL THEN 1 ELSE 0 END FROM objects o"
        " LEFT JOIN videos v ON v.id = o.video_id WHERE o.key > $1 ORDER BY o.key LIMIT $2"};
    std::string last;
    while (true) {
        const Rows rows = co_await db_.read(next, last, page);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].text(0);
            if (rows[i].text(2) != "live") {
                ++report_.waiting;
                continue;
            }
            ++report_.objects;
            if (rows[i].integer(3) != 0)
                co_await check_object(last, std::string(rows[i].text(1)));
        }
        if (rows.size() < static_cast<std::size_t>(page))
            co_return;
    }
}

// Its entry is gone. With --repair it becomes a stray, which is watched for a day before it is removed.
Task<> LibraryCheck::check_object(std::string key, std::string video_id)
{
    static constexpr Sql still{"SELECT 1 FROM objects o WHERE o.key = $1 AND o.state = 'live' AND NOT EXISTS"
                               " (SELECT 1 FROM videos v WHERE v.id = o.video_id)"};
    static constexpr Sql mark{"UPDATE objects SET state = 'stray', created_at = $2, changed_at = $2 WHERE key = $1"};
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(still, key);
    if (rows.empty())
        co_return;
    if (options_.repair) {
        co_await transaction->run(mark, key, in_micros(clock_.now()));
        co_await transaction->commit();
    }
    found(Wrong::object_orphaned, key, "its entry " + video_id + " is gone", options_.repair);
}

// Once through the store explains its files. Rows whose file did not come by are asked for one by one, and only if
// there are any: a store answers a thousand names at a time, and one question each.
Task<> LibraryCheck::check_store()
{
    static constexpr Sql count{"SELECT COUNT(*) FROM objects WHERE state = 'live' AND changed_at < $1"};
    const std::int64_t begun_at = in_micros(clock_.now());
    const Rows rows = co_await db_.read(count, begun_at);
    const auto expected = static_cast<std::uint64_t>(rows.front().integer(0));
    for (const char* folder : folders) {
        auto look = [this, begun_at](const ObjectInfo& file) { return look_at_file(file, begun_at); };
        co_await store_.list(folder, look);
        auto look_at_rest = [this](const ObjectKey& key) { return look_at_unfinished(key); };
        co_await store_.list_unfinished(folder, look_at_rest);
    }
    if (explained_ != expected || options_.read)
        co_await check_presence(begun_at);
}

Task<> LibraryCheck::look_at_file(const ObjectInfo& file, std::int64_t begun_at)
{
    static constexpr Sql row_of{"SELECT state, size, sha256, changed_at FROM objects WHERE key = $1"};
    const std::string key = file.key;
    const std::uint64_t size = file.size;
    ++report_.files;
    const Rows rows = co_await db_.read(row_of, key);
    if (rows.empty()) {
        if (!video_of_key(key)) {
            ++report_.foreign;
            co_return;
        }
        // A row goes after its file: one that is still there was not being removed.
        const auto there = co_await store_.find(key);
        if (there)
            co_await note_stray(key, size, "no row speaks of this file");
        co_return;
    }
    if (rows.front().text(0) != "live")
        co_return;
    if (rows.front().integer(3) < begun_at)
        ++explained_;
    // Of an adopted file nothing is known before it was read through, and of its picture nothing at all.
    if (!rows.front().text(2).empty() && std::uint64_t(rows.front().integer(1)) != size)
        found(Wrong::file_size, key,
              "it has " + std::to_string(size) + " bytes instead of " + std::to_string(rows.front().integer(1)));
}

Task<> LibraryCheck::look_at_unfinished(ObjectKey key)
{
    static constexpr Sql row_of{"SELECT 1 FROM objects WHERE key = $1"};
    const Rows rows = co_await db_.read(row_of, key);
    if (rows.empty() && video_of_key(key))
        co_await note_stray(std::move(key), 0, "an upload was begun that no row speaks of");
}

// As the sweep does it (library/sweep.cpp): from here on it is watched.
Task<> LibraryCheck::note_stray(std::string key, std::uint64_t size, std::string what)
{
    static constexpr Sql insert{"INSERT INTO objects (key, video_id, state, size, created_at, changed_at) "
                                "VALUES ($1, $2, 'stray', $3, $4, $4) ON CONFLICT (key) DO NOTHING"};
    bool noted = false;
    if (options_.repair) {
        const Rows rows = co_await db_.write(insert, key, video_of_key(key)->text(), static_cast<std::int64_t>(size),
                                             in_micros(clock_.now()));
        noted = rows.changed() > 0;
    }
    found(Wrong::file_unexplained, std::move(key), std::move(what), noted);
}

Task<> LibraryCheck::check_presence(std::int64_t begun_at)
{
    static constexpr Sql next{"SELECT key FROM objects WHERE state = 'live' AND changed_at < $3 AND key > $1"
                              " ORDER BY key LIMIT $2"};
    std::string last;
    while (true) {
        const Rows rows = co_await db_.read(next, last, page, begun_at);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            last = rows[i].text(0);
            if (is_object_key(last))
                co_await check_file(last);
        }
        if (rows.size() < static_cast<std::size_t>(page))
            co_return;
    }
}

Task<> LibraryCheck::check_file(std::string key)
{
    static constexpr Sql row_of{"SELECT sha256 FROM objects WHERE key = $1 AND state = 'live'"};
    std::unique_ptr<ContentSource> content;
    bool there = false;
    if (options_.read) {
        content = co_await store_.open(key);
        there = content != nullptr;
    } else {
        const auto info = co_await store_.find(key);
        there = info.has_value();
    }
    bool intact = true;
    if (content) {
        const Rows rows = co_await db_.read(row_of, key);
        if (rows.empty())
            co_return;
        intact = co_await is_intact(*content, std::string(rows.front().text(0)));
    }
    if (there && intact)
        co_return;
    // A row that is being removed is marked first.
    const Rows rows = co_await db_.read(row_of, key);
    if (rows.empty())
        co_return;
    if (!there)
        found(Wrong::file_missing, std::move(key), "its row is there, and the file is not");
    else
        found(Wrong::file_bytes, std::move(key), "its bytes are not those that were acknowledged");
}

Task<bool> LibraryCheck::is_intact(ContentSource& content, std::string sha256)
{
    if (sha256.empty())
        co_return true; // of an adopted picture nothing is known
    const auto read = co_await sha256_of(content);
    report_.bytes_read += content.size();
    co_return read == sha256;
}

} // namespace vitrina

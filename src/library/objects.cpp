#include "library/objects.hpp"

#include "core/errors.hpp"
#include "core/fail_point.hpp"
#include "core/random.hpp"
#include "db/standing.hpp"
#include "library/video_row.hpp"

#include <algorithm>

namespace vitrina {

Task<> Objects::add_pending(ObjectKey key, VideoId video, ObjectLease lease)
{
    static constexpr Sql insert{
        "INSERT INTO objects (key, video_id, state, owner, lease_until, created_at, changed_at) "
        "VALUES ($1, $2, 'pending', $3, $4, $5, $5)"};
    const Instant now = clock_.now();
    auto transaction = co_await db_.begin();
    const bool begins_objects = co_await takes_new_work(*transaction);
    if (!begins_objects)
        throw WritesRefused("the library is about to be moved");
    co_await transaction->run(insert, std::move(key), video.text(), std::move(lease.owner),
                              in_micros(now + lease.length), in_micros(now));
    co_await transaction->commit();
    FAIL_POINT("library.objects.pending");
}

Task<bool> Objects::renew(ObjectKey key, ObjectLease lease)
{
    static constexpr Sql update{
        "UPDATE objects SET lease_until = $3 WHERE key = $1 AND owner = $2 AND state = 'pending'"};
    Rows done =
        co_await db_.write(update, std::move(key), std::move(lease.owner), in_micros(clock_.now() + lease.length));
    co_return done.changed() == 1;
}

Task<bool> Objects::make_live(Transaction& transaction, ObjectKey key, std::string owner, std::uint64_t size,
                              std::string sha256)
{
    static constexpr Sql update{
        "UPDATE objects SET state = 'live', size = $3, sha256 = $4, owner = '', lease_until = 0, "
        "changed_at = $5 WHERE key = $1 AND owner = $2 AND state = 'pending'"};
    Rows done = co_await transaction.run(update, std::move(key), std::move(owner), static_cast<std::int64_t>(size),
                                         std::move(sha256), in_micros(clock_.now()));
    co_return done.changed() == 1;
}

Task<> Objects::discard(ObjectKey key)
{
    static constexpr Sql update{
        "UPDATE objects SET state = 'deleting', changed_at = $2 WHERE key = $1 AND state = 'pending'"};
    Rows done = co_await db_.write(update, key, in_micros(clock_.now()));
    if (done.changed() == 1)
        co_await remove(std::move(key));
}

Task<bool> Objects::discard_abandoned(ObjectKey key, std::int64_t lease_until)
{
    static constexpr Sql update{"UPDATE objects SET state = 'deleting', changed_at = $3 "
                                "WHERE key = $1 AND state = 'pending' AND lease_until = $2"};
    Rows done = co_await db_.write(update, key, lease_until, in_micros(clock_.now()));
    if (done.changed() == 0)
        co_return false;
    co_await remove(std::move(key));
    co_return true;
}

Task<> Objects::remove(ObjectKey key)
{
    static constexpr Sql forget{"DELETE FROM objects WHERE key = $1 AND state = 'deleting'"};
    FAIL_POINT("library.objects.deleting");
    co_await store_.remove(key);
    FAIL_POINT("library.objects.bytes_removed");
    co_await db_.write(forget, std::move(key));
    FAIL_POINT("library.objects.gone");
}

Task<> Objects::purge(VideoId video)
{
    static constexpr Sql mark{
        "UPDATE objects SET state = 'deleting', changed_at = $2 WHERE video_id = $1 AND state = 'live'"};
    static constexpr Sql marked{"SELECT key FROM objects WHERE video_id = $1 AND state = 'deleting'"};
    co_await db_.write(mark, video.text(), in_micros(clock_.now()));
    Rows rows = co_await db_.read(marked, video.text());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        ObjectKey key{rows[i].text(0)};
        co_await remove(std::move(key));
    }
}

ObjectKey make_source_key(VideoId id, std::string_view extension)
{
    return "videos/" + id.text() + "/" + random_hex(16) + "." + std::string(extension);
}

ObjectKey make_thumbnail_key(VideoId id)
{
    return "thumbnails/" + id.text() + "/" + random_hex(16) + ".jpg";
}

std::optional<VideoId> video_of_key(std::string_view key)
{
    for (std::string_view folder : {"videos/", "thumbnails/"}) {
        if (!key.starts_with(folder))
            continue;
        key.remove_prefix(folder.size());
        // 36 characters of id, '/', 32 of chance, '.', an extension.
        if (key.size() < 36 + 1 + 32 + 1 + 1 || key[36] != '/' || key[69] != '.')
            return std::nullopt;
        const std::string_view chance = key.substr(37, 32);
        if (chance.find_first_not_of("0123456789abcdef") != std::string_view::npos)
            return std::nullopt;
        return VideoId::parse(key.substr(0, 36));
    }
    return std::nullopt;
}

} // namespace vitrina

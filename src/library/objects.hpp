#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "db/database.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace vitrina {

// Who is writing an object, and until when nobody else may take it for abandoned.
struct ObjectLease {
    std::string owner; // instance_id() of core/instance.hpp
    std::chrono::seconds length;
};

// The life of stored objects: pending → live → deleting → gone. The row is there before the first byte and until
// after the last one, so that nothing in the store is ever without an explanation.
class Objects {
public:
    Objects(Database& database, ObjectStore& store, const Clock& clock) : db_(database), store_(store), clock_(clock) {}

    // Durable when it returns; then the bytes may be written. Throws WritesRefused while the library is being drained.
    Task<> add_pending(ObjectKey key, VideoId video, ObjectLease lease);
    // False when the lease was lost: the sweep has taken the object for abandoned.
    Task<bool> renew(ObjectKey key, ObjectLease lease);
    // In the transaction that links the object to its video. False when the lease was lost.
    Task<bool> make_live(Transaction& transaction, ObjectKey key, std::string owner, std::uint64_t size,
                         std::string sha256);
    // Removes what there is of an object that never became live: its bytes, then its row. Never touches a live one.
    Task<> discard(ObjectKey key);
    // Removes everything a deleted video had. What somebody is still writing for it is left to them: they find the
    // video gone, and discard it.
    Task<> purge(VideoId video);

    // For the sweep. Takes an abandoned object from its writer and removes it; false when the lease was renewed.
    Task<bool> discard_abandoned(ObjectKey key, std::int64_t lease_until);
    // The bytes, then the row, of an object that is `deleting`.
    Task<> remove(ObjectKey key);

private:
    Database& db_;
    ObjectStore& store_;
    const Clock& clock_;
};

// "videos/{id}/{random}.{ext}" and "thumbnails/{id}/{random}.jpg": unguessable, never used twice.
ObjectKey make_source_key(VideoId id, std::string_view extension);
ObjectKey make_thumbnail_key(VideoId id);
// The video of a key that has the shape of one of ours; nothing for any other.
std::optional<VideoId> video_of_key(std::string_view key);

} // namespace vitrina

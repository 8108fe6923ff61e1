#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "db/database.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace vitrina {

// Who is writing an object, and until when nobody else may take it for abandoned.
struct ObjectLease {
    std::string owner;
    std::chrono::seconds length;
};

// The life of stored objects: pending → live → deleting → gone. The row is there before the first byte and until
// after the last one, so that nothing in the store is ever without an explanation.
class Objects {
public:
    Objects(Database& database, const Clock& clock) : db_(database), clock_(clock) {}

    // Durable when it returns; then the bytes may be written.
    Task<> add_pending(ObjectKey key, VideoId video, ObjectLease lease);
    // False when the lease was lost: the sweep has taken the object for abandoned.
    Task<bool> renew(ObjectKey key, ObjectLease lease);
    // In the transaction that links the object to its owner. False when the lease was lost.
    Task<bool> make_live(Transaction& transaction, ObjectKey key, std::string owner, std::uint64_t size,
                         std::string sha256);
    // In the transaction that unlinks it.
    Task<> mark_deleting(Transaction& transaction, VideoId video);
    // Removes what is left of a pending object: its bytes, then its row. Never touches a live one.
    Task<> discard(ObjectStore& store, ObjectKey key);
    // Removes the bytes, then the rows, of the video's `deleting` objects.
    Task<> purge(ObjectStore& store, VideoId video);

private:
    Task<> remove(ObjectStore& store, ObjectKey key);

    Database& db_;
    const Clock& clock_;
};

// "videos/{id}/{random}.{ext}" and "thumbnails/{id}/{random}.jpg": unguessable, never used twice.
ObjectKey make_source_key(VideoId id, std::string_view extension);
ObjectKey make_thumbnail_key(VideoId id);
// Whether the key has the shape of one of ours.
bool is_library_key(std::string_view key);

} // namespace vitrina

#pragma once
#include "core/task.hpp"
#include "http/response.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace vitrina {

// "videos/0190…/k3f9….mp4": made by us, never from a client's words; each key is written at most once, ever.
using ObjectKey = std::string;

struct ObjectInfo {
    ObjectKey key;
    std::uint64_t size = 0;
    std::int64_t modified = 0; // seconds since 1970
};

// A new object on its way in. Dropping it without finish() leaves nothing behind.
class ObjectWriter {
public:
    virtual ~ObjectWriter() = default;
    // The bytes are taken before it returns; they need not live longer. Throws StorageFull, Unavailable.
    virtual Task<> write(std::span<const std::byte> bytes) = 0;
    // Durable (file and directory) when it returns; only then can the object be found. Never replaces an object:
    // throws std::logic_error when the key exists.
    virtual Task<> finish() = 0;
};

// Implemented by storage/disk_store, storage/s3/s3_store and storage/memory_store; all must pass object_store_contract.
// A lost connection (Unavailable) or a full disk (StorageFull) is thrown; "no such object" is a value; a key that
// check_object_key refuses is a bug (std::invalid_argument). Writers and sources do not outlive their store.
class ObjectStore {
public:
    virtual ~ObjectStore() = default;
    virtual Task<std::unique_ptr<ObjectWriter>> create(ObjectKey key) = 0;
    // Null when there is none.
    virtual Task<std::unique_ptr<ContentSource>> open(ObjectKey key) = 0;
    virtual Task<std::optional<ObjectInfo>> find(ObjectKey key) = 0;
    // False when it was already gone. Also removes what an interrupted writer of that key left.
    virtual Task<bool> remove(ObjectKey key) = 0;
    // Awaits `each` for every object whose key begins with the prefix, in no particular order; constant memory.
    // Objects that come or go meanwhile may or may not be among them.
    virtual Task<> list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each) = 0;
    // The same for keys whose writing began and did not end, by whomever and however long ago: `remove` takes away what
    // there is of one. A key may come more than once.
    virtual Task<> list_unfinished(std::string prefix, std::function<Task<>(const ObjectKey&)> each) = 0;
    // Free bytes where the store knows; for doctor and metrics.
    virtual std::optional<std::uint64_t> free_bytes() = 0;
};

} // namespace vitrina

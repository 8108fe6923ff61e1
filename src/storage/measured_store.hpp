#pragma once
#include "core/time_spent.hpp"
#include "storage/object_links.hpp"
#include "storage/object_store.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace vitrina {

enum class StorageOperation { create, write, finish, open, find, remove, list };

// Seen by the metrics.
struct StorageCounters {
    static constexpr std::array<std::string_view, 7> operations{"create", "write",  "finish", "open",
                                                                "find",   "remove", "list"};
    // By operation. "No such object" is an answer like any other.
    std::array<TimeSpent, operations.size()> answered, failed;
};

// An engine whose operations are timed, whichever engine it is. Reading is not: most of it goes from the descriptor to
// the socket without passing here.
class MeasuredStore final : public ObjectStore {
public:
    MeasuredStore(std::unique_ptr<ObjectStore> engine, std::string backend);

    Task<std::unique_ptr<ObjectWriter>> create(ObjectKey key) override;
    Task<std::unique_ptr<ContentSource>> open(ObjectKey key) override;
    Task<std::optional<ObjectInfo>> find(ObjectKey key) override;
    Task<bool> remove(ObjectKey key) override;
    Task<> list(std::string prefix, std::function<Task<>(const ObjectInfo&)> each) override;
    Task<> list_unfinished(std::string prefix, std::function<Task<>(const ObjectKey&)> each) override;
    std::optional<std::uint64_t> free_bytes() override { return engine_->free_bytes(); }

    // Null where the engine gives none.
    ObjectLinks* links() { return dynamic_cast<ObjectLinks*>(engine_.get()); }

    const std::string& backend() const { return backend_; } // "disk"
    const StorageCounters& counters() const { return counters_; }

private:
    StorageCounters counters_; // its writers count here until they are gone
    std::unique_ptr<ObjectStore> engine_;
    std::string backend_;
};

} // namespace vitrina

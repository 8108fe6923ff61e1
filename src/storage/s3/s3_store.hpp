#pragma once
#include "storage/object_store.hpp"
#include "storage/s3/s3_client.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace vitrina {

struct S3StoreOptions {
    S3ClientOptions client;
    std::uint64_t part = 8u << 20;     // bytes; an upload holds at most four
    std::uint64_t memory = 512u << 20; // bytes of all uploads together
    std::optional<S3Address> links_at; // where players find the store, if under another name than we do
    const Clock* clock = nullptr;         // null: the system's
    // How long the end waits for the parts of dropped writers to be removed.
    std::chrono::milliseconds end_patience{15'000};
};

// Objects in a bucket of an S3 store (also ObjectLinks), on a loop of its own. Blocks while it asks whether the bucket
// is there and ours: for the start of the program. Throws Unavailable, with a sentence for the operator, when the store
// says no; a store that cannot be reached may be there later and is only logged.
std::unique_ptr<ObjectStore> open_s3_store(S3StoreOptions options);

} // namespace vitrina

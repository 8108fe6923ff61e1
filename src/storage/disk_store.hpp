#pragma once
#include "storage/object_store.hpp"

#include <filesystem>

namespace vitrina {

struct DiskStoreOptions {
    int threads = 4; // for fsync, and for writes and reads of a disk that is slow just now
};

// Each object is a file below `root` (made if missing), named like its key. Blocks while it looks at the root: for
// the start of the program. Throws Unavailable when the directory cannot be used.
std::unique_ptr<ObjectStore> open_disk_store(const std::filesystem::path& root, DiskStoreOptions options = {});

} // namespace vitrina

#pragma once
#include "storage/object_store.hpp"

namespace vitrina {

// Keeps objects in memory. For tests, and for throw-away servers.
std::unique_ptr<ObjectStore> make_memory_store();

} // namespace vitrina

#pragma once
#include "storage/object_store.hpp"

namespace vitrina {

// What every store must do; called from a TEST_CASE of each store's test, with an empty store.
void check_object_store_contract(ObjectStore& store);

// For tests: a whole object in one call, and its bytes back (nothing when there is none).
void put_object(ObjectStore& store, ObjectKey key, std::string_view content);
std::optional<std::string> get_object(ObjectStore& store, ObjectKey key);
// The keys of all that was begun and not finished.
std::vector<ObjectKey> unfinished_of(ObjectStore& store);

} // namespace vitrina

#pragma once
#include "core/settings.hpp"
#include "db/database.hpp"
#include "storage/object_store.hpp"

#include <memory>

namespace vitrina {

// The two engines under everything, as the settings name them. Both block and throw: for the start of a program.
std::unique_ptr<Database> open_database(const Settings& settings);
std::unique_ptr<ObjectStore> open_store(const Settings& settings);

} // namespace vitrina

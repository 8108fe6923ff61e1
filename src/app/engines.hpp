#pragma once
#include "core/settings.hpp"
#include "db/database.hpp"
#include "db/migrations.hpp"
#include "db/standing.hpp"
#include "moving/library_place.hpp"
#include "storage/measured_store.hpp"
#include "storage/store_report.hpp"

#include <memory>
#include <string>

namespace vitrina {

// The two engines under everything, as the settings name them. Both block and throw: for the start of a program.
std::unique_ptr<Database> open_database(const Settings& settings, SchemaCare schema = SchemaCare::bring_up_to_date);
std::unique_ptr<MeasuredStore> open_store(const Settings& settings);
// Both for whoever moves or copies the library, whom its standing (db/standing.hpp) does not keep from writing.
LibraryPlace open_library(const Settings& settings, SchemaCare schema);
// Where backups are kept: a directory, or the bucket (or data directory) that a file of settings names.
std::unique_ptr<ObjectStore> open_backups(const std::string& place);

// Where they are: the same for the same place, however the settings call it, as far as names can tell.
FilesPlace files_place(const Settings& settings);

// Tries out the S3 store that the settings name, for doctor. Blocks; throws, too, where they name none that could be.
StoreReport probe_store(const Settings& settings);

} // namespace vitrina

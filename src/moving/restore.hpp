#pragma once
#include "core/event_loops.hpp"
#include "moving/library_place.hpp"
#include "moving/manifest.hpp"
#include "moving/progress.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace vitrina {

struct RestoreReport {
    std::uint64_t objects = 0, bytes = 0, rows = 0;
    std::int64_t publications = 0; // that were under way, and need a person's look
};

// What becomes of publications that were under way when the backup was made: the original may have posted them since.
using SettlePublications = std::function<Task<std::int64_t>(Database&)>;

// Brings a backup into an empty place. Nobody can serve it before all of it is there; killed at any moment, the next
// run goes on. Throws MoveRefused.
Task<RestoreReport> restore_backup(EventLoops& loops, ObjectStore& from, std::string id, LibraryPlace& to,
                                   SettlePublications settle, MoveProgress& progress);

} // namespace vitrina

#pragma once
#include "core/clock.hpp"
#include "core/event_loops.hpp"
#include "moving/library_place.hpp"
#include "moving/manifest.hpp"
#include "moving/progress.hpp"
#include "moving/transfers.hpp"

#include <cstdint>
#include <string>

namespace vitrina {

struct BackupOptions {
    std::string program; // which version makes it
    std::string key_id;
    std::string secret_key; // "" where it shall not be in the backup
};

struct BackupReport {
    std::string id;
    std::uint64_t objects = 0, bytes = 0, rows = 0;
    std::uint64_t copied_objects = 0, copied_bytes = 0; // those that the place did not have yet
};

// A backup of a library that is being served: its rows as they were at one moment, and the bytes of every object that
// was live then. Bytes that an earlier backup brought there are not copied again. What was not finished has no manifest
// and counts for nothing. One at a time into one place. Throws MoveRefused.
class Backup {
public:
    Backup(EventLoops& loops, LibraryPlace& library, ObjectStore& to, const Clock& clock, BackupOptions options,
           MoveProgress& progress);

    Task<BackupReport> run();

private:
    Task<> copy_objects();
    Task<bool> write_rows(); // false when an object of the snapshot was deleted before it could be copied
    Task<bool> copy_new_objects();
    Task<> carry(std::vector<Transfer>& batch);
    Task<> write_manifest();
    Task<> remove_rows();

    EventLoops& loops_;
    LibraryPlace& library_;
    ObjectStore& to_;
    const Clock& clock_;
    const BackupOptions options_;
    MoveProgress& progress_;
    Transfers transfers_;
    Damage damage_;
    bool gone_ = false; // an object was deleted between being listed and being copied
    std::vector<Table> tables_;
    Instant began_{};
    Manifest manifest_;
};

struct BackupCheck {
    Manifest manifest;
    std::uint64_t objects = 0, bytes = 0, rows = 0;
    std::string wrong; // "" when it is whole
};

// Reads a backup from its first byte to its last. Throws MoveRefused where it cannot even be begun.
Task<BackupCheck> check_backup(ObjectStore& store, std::string id, MoveProgress& progress);

} // namespace vitrina

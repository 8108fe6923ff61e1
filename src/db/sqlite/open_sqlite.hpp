#pragma once
#include "db/database.hpp"
#include "db/migrations.hpp"

#include <chrono>
#include <filesystem>
#include <memory>

namespace vitrina {

struct SqliteOptions {
    // Applied before the database is handed out; other processes wait for whoever is first.
    std::vector<Migration> migrations = all_migrations();
    SchemaCare schema = SchemaCare::bring_up_to_date;
    // Page cache of each connection (one per event loop, one per scanning thread, one writer).
    int cache_kib = 1024;
    // Memory-mapped reading. Off: a failing disk then raises SIGBUS instead of an error.
    std::int64_t mmap_bytes = 0;
    int scan_threads = 2;
    // How long a writer waits for its turn: behind other processes, and behind the tasks of this one.
    std::chrono::milliseconds busy_timeout{10'000};
    // A query that each writing transaction begins with: where it finds a row, nothing is written, and its first text
    // says why (WritesRefused). "": none. See db/standing.hpp.
    std::string writes_refused_by;
    // Off only for tests and throw-away data: a commit is then lost with the power.
    bool durable = true;
};

// Opens or makes the file (and its directory's -wal and -shm beside it) and brings its schema up to date. Blocks:
// for the start of the program. Throws SchemaMismatch, SchemaBehind, Unavailable, StorageFull.
// No task of this database may be under way when it is destroyed.
std::unique_ptr<Database> open_sqlite(const std::filesystem::path& file, SqliteOptions options = {});

// The real engine on a new file of its own in the temporary directory, gone with the object. For tests.
std::unique_ptr<Database> open_temporary_sqlite(SqliteOptions options = {});

} // namespace vitrina

#pragma once
#include "db/database.hpp"
#include "db/migrations.hpp"
#include "db/postgres/connection.hpp"

#include <chrono>
#include <memory>

namespace vitrina {

struct PostgresOptions {
    // Applied before the database is handed out; other processes wait for whoever is first.
    std::vector<Migration> migrations = all_migrations();
    SchemaCare schema = SchemaCare::bring_up_to_date;
    int connections = 16; // at most, of this process
    // What stands before an object's key in the sketch's column s3_url, where the database is one that was made for it.
    std::string object_url;
    // A query that each writing transaction begins with: where it finds a row, nothing is written, and its first text
    // says why (WritesRefused). "": none. See db/standing.hpp.
    std::string writes_refused_by;
    // How long a task waits for a connection, and a writer for its turn.
    std::chrono::milliseconds patience{10'000};
};

// Connects and brings the schema up to date. Blocks: for the start of the program. Throws SchemaMismatch, SchemaBehind,
// Unavailable. No task of this database may be under way when it is destroyed.
std::unique_ptr<Database> open_postgres(const PostgresAddress& address, PostgresOptions options = {});

// The real engine in a new schema of its own, gone with the object. For tests; the server is named by
// VITRINA_TEST_POSTGRES, the directory of its Unix socket.
std::unique_ptr<Database> open_temporary_postgres(PostgresOptions options = {});

} // namespace vitrina

#pragma once
#include "db/dialect.hpp"

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

// One step of the schema. Each room writes its own file db/migrations/00N_<room>.{hpp,cpp}, which exposes one
// constant, and db/all_migrations.cpp lists them. Once released, a text never changes: add a new migration instead.
struct Migration {
    int number;
    std::string_view name;
    std::string_view sql; // one or more statements, as SQLite reads them; PostgreSQL as postgres_schema says
    std::string_view postgres = {}; // what PostgreSQL runs after them, in the place of SQLite's virtual tables

    // What its checksum is of.
    std::string text(Dialect dialect) const
    {
        return std::string(sql) + std::string(dialect == Dialect::postgres ? postgres : std::string_view{});
    }
};

// In ascending order.
std::vector<Migration> all_migrations();

// The database does not fit this program: it is newer, or an applied migration has another text now.
class SchemaMismatch : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Its schema is older than this program, and it was to be left as it is.
class SchemaBehind : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Whether opening a database may change its schema: an older server beside this program could not start again.
enum class SchemaCare { bring_up_to_date, leave_as_it_is };

// A row of the table schema_migrations.
struct AppliedMigration {
    int number;
    std::string name;
    std::string checksum;
};

// Guards against mistakes, not against malice: a changed text has another checksum.
std::string migration_checksum(std::string_view text);

// Which of the known migrations an engine has still to run, in order. Throws SchemaMismatch.
std::vector<Migration> pending_migrations(std::span<const Migration> known, std::span<const AppliedMigration> applied,
                                          Dialect dialect);
// Throws SchemaBehind when there are any, SchemaMismatch.
void check_nothing_pending(std::span<const Migration> known, std::span<const AppliedMigration> applied,
                           Dialect dialect);

} // namespace vitrina

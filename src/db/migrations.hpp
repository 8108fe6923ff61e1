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
    std::string_view sql;           // one or more statements, as SQLite reads them
    std::string_view postgres = {}; // the same for PostgreSQL, where the spelling differs

    std::string_view text(Dialect dialect) const
    {
        return dialect == Dialect::postgres && !postgres.empty() ? postgres : sql;
    }
};

// In ascending order.
std::vector<Migration> all_migrations();

// The database does not fit this program: it is newer, or an applied migration has another text now.
class SchemaMismatch : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// A row of the table schema_migrations.
struct AppliedMigration {
    int number;
    std::string name;
    std::string checksum;
};

// Guards against mistakes, not against malice: a changed text has another checksum.
std::string migration_checksum(std::string_view text);

// Which of the known migrations an engine has still to run, in order. Throws SchemaMismatch.
std::vector<Migration> pending_migrations(std::span<const Migration> known,
                                          std::span<const AppliedMigration> applied, Dialect dialect);

} // namespace vitrina

#pragma once
#include "db/migrations.hpp"
#include "db/sqlite/connection.hpp"

namespace vitrina {

// Brings the schema up to date, one transaction per migration. Killed anywhere, the next call goes on where this one
// stopped; of two at once, the second finds the work done. Throws SchemaMismatch.
void migrate(SqliteConnection& connection, std::span<const Migration> known);
// Changes nothing. Throws SchemaBehind, SchemaMismatch.
void check_schema(SqliteConnection& connection, std::span<const Migration> known);

} // namespace vitrina

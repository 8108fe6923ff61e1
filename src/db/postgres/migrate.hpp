#pragma once
#include "db/migrations.hpp"
#include "db/postgres/connection.hpp"

namespace vitrina {

// Brings the schema up to date, one transaction per migration. Killed anywhere, the next call goes on where this one
// stopped; of two at once, the second waits and finds the work done. Throws SchemaMismatch.
Task<> migrate(PostgresConnection& connection, std::vector<Migration> known);
// Changes nothing. Throws SchemaBehind, SchemaMismatch.
Task<> check_schema(PostgresConnection& connection, std::vector<Migration> known);

} // namespace vitrina

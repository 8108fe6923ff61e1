#pragma once
#include "db/postgres/connection.hpp"

#include <optional>
#include <string>

namespace vitrina {

// A database that was made for the sketch (docs/compatibility.md) and is adopted where it is: its tables stay as they
// are, column for column, and whoever uses them goes on doing so. Ours live beside them, in a schema of their own, and
// triggers carry what one side writes to the other in the same transaction (docs/postgresql.md).
inline constexpr const char* schema_beside_sketch = "vitrina_library";

struct Sketch {
    std::string schema; // where its tables are; "" when they were taken away after they had been adopted
};

// Nothing when the database has no such tables, and ours belong into the schema that it gives us. Throws Unavailable
// when there is a table `videos` that is neither ours nor the sketch's.
Task<std::optional<Sketch>> find_sketch(PostgresConnection& connection);

// Makes our schema. Needs the right to create one in the database.
Task<> make_schema_beside(PostgresConnection& connection);

// After the migrations, whose connection has our schema as its search path: takes over every row of the sketch's, once,
// and puts the triggers in place, all in one transaction. `object_url` is what stands before a key in s3_url. Called at
// every start; of two at once the second waits. What it took over is finished by library/adopted_changes.
Task<> bridge_sketch(PostgresConnection& connection, Sketch sketch, std::string object_url);

} // namespace vitrina

#pragma once

namespace vitrina {

// Which SQL an engine speaks. Statements are written once, in what both read:
//
//   - parameters $1, $2, …, each used; the same one twice is fine
//   - BIGINT for integers, DOUBLE PRECISION for reals, TEXT for the rest; booleans are 0 and 1
//   - ON CONFLICT, RETURNING, partial indexes, row values, LIMIT, COALESCE, common table expressions
//   - never the order of rows without ORDER BY, rowid, AUTOINCREMENT, implicit casts, double quotes around text
//
// Where that is not enough (full-text search, locking clauses), a statement has two texts:
// Sql{"what SQLite reads", "what PostgreSQL reads"}.
enum class Dialect { sqlite, postgres };

} // namespace vitrina

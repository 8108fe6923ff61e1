#include "db/postgres/migrate.hpp"

#include "core/fail_point.hpp"
#include "db/postgres/locks.hpp"
#include "db/postgres/schema_text.hpp"

namespace vitrina {
namespace {

Task<std::vector<AppliedMigration>> applied_migrations(PostgresConnection& connection)
{
    static constexpr Sql made{"SELECT to_regclass('schema_migrations') IS NOT NULL"};
    static constexpr Sql query{"SELECT number, name, checksum FROM schema_migrations ORDER BY number"};
    std::vector<AppliedMigration> applied;
    std::vector<Value> none;
    const Rows exists = co_await connection.run(made, none);
    if (exists.front().integer(0) == 0)
        co_return applied;
    const Rows rows = co_await connection.run(query, std::move(none));
    for (std::size_t i = 0; i < rows.size(); ++i)
        applied.push_back({int(rows[i].integer(0)), std::string(rows[i].text(1)), std::string(rows[i].text(2))});
    co_return applied;
}

// False when nothing is left to do. Looks again under the lock each time: another process may be at it too.
Task<bool> apply_next(PostgresConnection& connection, std::span<const Migration> known)
{
    static constexpr Sql record{"INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)"};
    co_await connection.command("BEGIN READ WRITE; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
                                " SELECT pg_advisory_xact_lock(" +
                                lock_of_this_schema(migration_lock) +
                                "); SET LOCAL lock_timeout = 10000; CREATE TABLE IF NOT EXISTS schema_migrations"
                                " (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)");
    const std::vector<AppliedMigration> applied = co_await applied_migrations(connection);
    const std::vector<Migration> pending = pending_migrations(known, applied, Dialect::postgres);
    if (pending.empty()) {
        co_await connection.command("ROLLBACK");
        co_return false;
    }
    const Migration& next = pending.front();
    const std::string text = next.text(Dialect::postgres);
    co_await connection.command(postgres_schema(text));
    FAIL_POINT("postgres.migration.before_record");
    std::vector<Value> row{std::int64_t{next.number}, std::string(next.name), migration_checksum(text)};
    co_await connection.run(record, std::move(row));
    co_await connection.command("COMMIT");
    FAIL_POINT("postgres.migrated");
    co_return true;
}

} // namespace

Task<> migrate(PostgresConnection& connection, std::vector<Migration> known)
{
    bool more = true;
    while (more)
        more = co_await apply_next(connection, known);
}

Task<> check_schema(PostgresConnection& connection, std::vector<Migration> known)
{
    const std::vector<AppliedMigration> applied = co_await applied_migrations(connection);
    check_nothing_pending(known, applied, Dialect::postgres);
}

} // namespace vitrina

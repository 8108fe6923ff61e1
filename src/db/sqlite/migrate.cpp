#include "db/sqlite/migrate.hpp"

#include "core/fail_point.hpp"

namespace vitrina {
namespace {

std::vector<AppliedMigration> applied_migrations(SqliteConnection& connection)
{
    static constexpr Sql query{"SELECT number, name, checksum FROM schema_migrations ORDER BY number"};
    const Rows rows = connection.run(query, {});
    std::vector<AppliedMigration> applied;
    for (std::size_t i = 0; i < rows.size(); ++i)
        applied.push_back({int(rows[i].integer(0)), std::string(rows[i].text(1)), std::string(rows[i].text(2))});
    return applied;
}

void apply(SqliteConnection& connection, const Migration& migration)
{
    static constexpr Sql record{"INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)"};
    const std::string text = migration.text(Dialect::sqlite);
    connection.script(text);
    const std::vector<Value> row{std::int64_t{migration.number}, std::string(migration.name), migration_checksum(text)};
    connection.run(record, row);
}

// False when nothing is left to do. Looks again under the lock each time: another process may be at it too.
bool apply_next(SqliteConnection& connection, std::span<const Migration> known)
{
    connection.begin();
    try {
        const auto applied = applied_migrations(connection);
        const auto pending = pending_migrations(known, applied, Dialect::sqlite);
        if (pending.empty()) {
            connection.roll_back();
            return false;
        }
        apply(connection, pending.front());
    } catch (...) {
        connection.roll_back();
        throw;
    }
    connection.commit();
    return true;
}

} // namespace

void migrate(SqliteConnection& connection, std::span<const Migration> known)
{
    connection.script("CREATE TABLE IF NOT EXISTS schema_migrations"
                      " (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)");
    while (apply_next(connection, known))
        FAIL_POINT("sqlite.migrated");
}

void check_schema(SqliteConnection& connection, std::span<const Migration> known)
{
    static constexpr Sql made{"SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'"};
    const bool is_new = connection.run(made, {}).empty();
    const auto applied = is_new ? std::vector<AppliedMigration>{} : applied_migrations(connection);
    check_nothing_pending(known, applied, Dialect::sqlite);
}

} // namespace vitrina

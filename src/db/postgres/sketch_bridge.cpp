#include "db/postgres/sketch_bridge.hpp"

#include "core/fail_point.hpp"
#include "db/migrations.hpp"
#include "db/postgres/locks.hpp"
#include "db/postgres/sketch_triggers.hpp"

namespace vitrina {
namespace {

// The columns of the sketch's videos that the triggers name.
constexpr int columns_of_sketch = 17;

std::string quoted(std::string_view name)
{
    std::string text = "\"";
    for (const char c : name)
        text += c == '"' ? std::string("\"\"") : std::string(1, c);
    return text + '"';
}

std::string literal(std::string_view value)
{
    std::string text = "'";
    for (const char c : value)
        text += c == '\'' ? std::string("''") : std::string(1, c);
    return text + "'";
}

std::string take_every_row(const std::string& schema)
{
    return "SET LOCAL vitrina.crossing = 'in'; DO $do$ DECLARE v " + schema +
           ".videos; BEGIN FOR v IN SELECT theirs.* FROM " + schema +
           ".videos AS theirs WHERE NOT EXISTS (SELECT FROM vitrina_library.videos AS ours WHERE ours.id = "
           "theirs.id::text)"
           " ORDER BY coalesce(upload_date, created_at) NULLS LAST, theirs.id LOOP PERFORM "
           "vitrina_library.take_video(v);"
           " END LOOP; END $do$; SET LOCAL vitrina.crossing = ''";
}

// Of one row, made and read under the lock of the migrations. Nothing when triggers are gone, with tables that were
// restored or taken away for a while.
Task<std::optional<std::string>> known_triggers(PostgresConnection& connection)
{
    static constexpr Sql query{
        "SELECT checksum FROM vitrina_library.sketch_bridge WHERE (SELECT count(*) FROM pg_trigger WHERE tgname IN"
        " ('vitrina_take', 'vitrina_turn', 'vitrina_no_truncate') AND tgenabled <> 'D') = 3 AND EXISTS (SELECT FROM"
        " pg_trigger WHERE tgname = 'vitrina_give' AND tgrelid = to_regclass('vitrina_library.videos'))"};
    std::vector<Value> none;
    const Rows rows = co_await connection.run(query, std::move(none));
    co_return rows.empty() ? std::nullopt : std::optional(std::string(rows.front().text(0)));
}

} // namespace

Task<std::optional<Sketch>> find_sketch(PostgresConnection& connection)
{
    static constexpr Sql ours{"SELECT to_regclass('schema_migrations') IS NOT NULL,"
                              " to_regclass('vitrina_library.schema_migrations') IS NOT NULL"};
    static constexpr Sql theirs{
        "SELECT n.nspname,"
        " (SELECT count(*) FROM pg_attribute a JOIN (VALUES ('id', 'uuid'), ('title', 'varchar'), ('description', "
        "'text'),"
        " ('file_path', 'varchar'), ('s3_url', 'varchar'), ('s3_key', 'varchar'), ('thumbnail_path', 'varchar'),"
        " ('thumbnail_s3_key', 'varchar'), ('tags', 'json'), ('upload_date', 'timestamp'), ('duration', 'int4'),"
        " ('file_size', 'int8'), ('content_type', 'varchar'), ('is_published', 'bool'), ('published_platforms', "
        "'json'),"
        " ('created_at', 'timestamp'), ('updated_at', 'timestamp')) AS wanted (name, type) ON a.attname = wanted.name"
        " JOIN pg_type t ON t.oid = a.atttypid AND replace(t.typname, 'varchar', 'text') = replace(wanted.type, "
        "'varchar',"
        " 'text')"
        " WHERE a.attrelid = c.oid AND NOT a.attisdropped)"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('videos')"};
    std::vector<Value> none;
    const Rows places = co_await connection.run(ours, none);
    const bool alone = places.front().integer(0) != 0, beside = places.front().integer(1) != 0;
    if (alone)
        co_return std::nullopt;
    const Rows rows = co_await connection.run(theirs, std::move(none));
    if (rows.empty())
        co_return beside ? std::optional(Sketch{}) : std::nullopt;
    if (rows.front().integer(1) != columns_of_sketch)
        throw Unavailable("The database already has a table videos that is not Vitrina's and does not have the columns "
                          "of the sketch (docs/postgresql.md): give Vitrina a database of its own with DB_NAME.");
    co_return Sketch{std::string(rows.front().text(0))};
}

Task<> make_schema_beside(PostgresConnection& connection)
{
    // Of two that make it at once, one would be told that it exists; and IF NOT EXISTS asks for the right to make one
    // even where there is nothing to make.
    co_await connection.command("BEGIN READ WRITE; SELECT pg_advisory_xact_lock(" + std::to_string(migration_lock) +
                                ", 0); DO $do$ BEGIN IF to_regnamespace('vitrina_library') IS NULL THEN"
                                " CREATE SCHEMA vitrina_library; END IF; END $do$; COMMIT");
}

Task<> bridge_sketch(PostgresConnection& connection, Sketch sketch, std::string object_url)
{
    if (sketch.schema.empty()) {
        co_await connection.command("BEGIN READ WRITE; DROP TRIGGER IF EXISTS vitrina_give ON vitrina_library.videos;"
                                    " DROP TRIGGER IF EXISTS vitrina_give ON vitrina_library.publications; COMMIT");
        co_return;
    }
    const std::string schema = quoted(sketch.schema);
    const std::string functions = sketch_functions(schema), triggers = sketch_triggers(schema);
    const std::string checksum = migration_checksum(functions + triggers);
    co_await connection.command(
        "BEGIN READ WRITE; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
        " SELECT pg_advisory_xact_lock(" +
        lock_of_this_schema(migration_lock) +
        "); SET LOCAL lock_timeout = 10000;"
        " CREATE TABLE IF NOT EXISTS vitrina_library.sketch_bridge (only_row BOOLEAN PRIMARY KEY"
        " DEFAULT TRUE CHECK (only_row), checksum TEXT NOT NULL, object_url TEXT NOT NULL)");
    const std::optional<std::string> known = co_await known_triggers(connection);
    if (known != checksum) {
        // Nobody writes there until what is there was taken over and the triggers see what comes; reading goes on.
        co_await connection.command("LOCK TABLE " + schema + ".videos IN SHARE ROW EXCLUSIVE MODE");
        co_await connection.command(functions);
        FAIL_POINT("postgres.sketch.functions_made");
        co_await connection.command(take_every_row(schema));
        FAIL_POINT("postgres.sketch.rows_taken");
        co_await connection.command(triggers);
    }
    co_await connection.command("INSERT INTO vitrina_library.sketch_bridge (checksum, object_url) VALUES (" +
                                literal(checksum) + ", " + literal(object_url) +
                                ") ON CONFLICT (only_row) DO UPDATE SET checksum = excluded.checksum,"
                                " object_url = excluded.object_url");
    FAIL_POINT("postgres.sketch.before_commit");
    co_await connection.command("COMMIT");
    FAIL_POINT("postgres.sketch.bridged");
}

} // namespace vitrina

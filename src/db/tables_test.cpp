#include "db/tables.hpp"

#include "db/migrations.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <set>

using namespace vitrina;

namespace {

// Every table that a migration makes, by its text.
std::set<std::string> tables_of_the_migrations()
{
    std::set<std::string> names;
    for (const Migration& migration : all_migrations()) {
        constexpr std::string_view create = "CREATE TABLE ";
        for (std::size_t at = migration.sql.find(create); at != std::string_view::npos;
             at = migration.sql.find(create, at + 1)) {
            const std::string_view rest = migration.sql.substr(at + create.size());
            names.emplace(rest.substr(0, rest.find_first_of(" (")));
        }
    }
    return names;
}

void check_tables(Database& db)
{
    const std::vector<Table> tables = run(tables_of(db));
    std::set<std::string> found;
    for (const Table& table : tables)
        found.insert(table.name);
    // What stays where it is; whoever adds to this list says that the library can do without it elsewhere.
    std::set<std::string> expected = tables_of_the_migrations();
    for (const char* of_the_place : {"library_standing", "arrived_objects", "consent_visits"})
        expected.erase(of_the_place);
    CHECK(found == expected);

    const auto place = [&](std::string_view name) { return std::ranges::find(tables, name, &Table::name); };
    CHECK(place("publications") < place("publish_attempts"));
    CHECK(place("publications")->is_referred_to);
    CHECK(place("publish_attempts")->key == std::vector<std::size_t>{0, 1});
    CHECK(place("videos")->numbers_itself);
    CHECK_FALSE(place("video_documents")->numbers_itself);
    for (const Table& table : tables)
        CHECK_NOTHROW(TableStatements{table});
}

void check_numbers(Database& db)
{
    const std::vector<Table> tables = run(tables_of(db));
    const Table& videos = *std::ranges::find(tables, "videos", &Table::name);
    static constexpr Sql add{"INSERT INTO videos (id, title, title_key, status, s3_key, uploaded_at, changed_at)"
                             " VALUES ($1, '', '', 'ready', '', $2, $2) RETURNING seq"};
    CHECK_FALSE(run(numbers_given(db, videos)));
    run(skip_numbers(db, videos, 41));
    CHECK(run(db.write(add, std::string("a"), std::int64_t{1})).front().integer(0) == 42);
    CHECK(run(numbers_given(db, videos)) == 42);
}

} // namespace

TEST_CASE("tables: every table of every migration is one of them, on SQLite")
{
    const auto db = open_temporary_sqlite();
    check_tables(*db);
}

TEST_CASE("tables: every table of every migration is one of them, on PostgreSQL")
{
    const auto db = open_temporary_postgres();
    check_tables(*db);
}

TEST_CASE("tables: both engines give the same list")
{
    const auto sqlite = open_temporary_sqlite();
    const auto postgres = open_temporary_postgres();
    CHECK(run(tables_of(*sqlite)) == run(tables_of(*postgres)));
}

TEST_CASE("tables: a table that numbers itself goes on behind the numbers it was told of")
{
    const auto sqlite = open_temporary_sqlite();
    check_numbers(*sqlite);
    const auto postgres = open_temporary_postgres();
    check_numbers(*postgres);
}

TEST_CASE("tables: a table without a primary key is refused: it could not be copied")
{
    const auto db = open_temporary_sqlite({.migrations = {{1, "loose", "CREATE TABLE loose (a TEXT)"}}});
    CHECK_THROWS_WITH(run(tables_of(*db)), doctest::Contains("loose has no primary key"));
}

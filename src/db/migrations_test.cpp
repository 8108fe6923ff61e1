#include "db/migrations.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const std::vector<Migration> known{{1, "cats", "CREATE cats"},
                                   {2, "dogs", "CREATE dogs", "CREATE dogs, as PostgreSQL says it"},
                                   {4, "birds", "CREATE birds"}};

AppliedMigration applied(const Migration& migration, Dialect dialect = Dialect::sqlite)
{
    return {migration.number, std::string(migration.name), migration_checksum(migration.text(dialect))};
}

std::vector<int> pending(std::vector<AppliedMigration> history, Dialect dialect = Dialect::sqlite)
{
    std::vector<int> numbers;
    for (const Migration& migration : pending_migrations(known, history, dialect))
        numbers.push_back(migration.number);
    return numbers;
}

} // namespace

TEST_CASE("migrations: what is not applied is pending, in order")
{
    CHECK(pending({}) == std::vector{1, 2, 4});
    CHECK(pending({applied(known[0])}) == std::vector{2, 4});
    CHECK(pending({applied(known[0]), applied(known[1]), applied(known[2])}).empty());
}

TEST_CASE("migrations: a room that was written later fills its number in")
{
    CHECK(pending({applied(known[0]), applied(known[2])}) == std::vector{2});
}

TEST_CASE("migrations: a newer database is refused by name")
{
    CHECK_THROWS_WITH_AS(pending({{9, "fish", "?"}}), doctest::Contains("newer than this program: migration 9 (fish)"),
                         SchemaMismatch);
}

TEST_CASE("migrations: a text that changed after it was applied is refused")
{
    CHECK_THROWS_WITH_AS(pending({{2, "dogs", migration_checksum("CREATE wolves")}}),
                         doctest::Contains("migration 2 (dogs) was applied with another text"), SchemaMismatch);
}

TEST_CASE("migrations: each engine has the checksum of what it ran")
{
    CHECK(pending({applied(known[1], Dialect::postgres)}, Dialect::postgres) == std::vector{1, 4});
    CHECK_THROWS_AS(pending({applied(known[1], Dialect::postgres)}), SchemaMismatch);
}

TEST_CASE("migrations: the list of the program is in order")
{
    CHECK_NOTHROW(pending_migrations(all_migrations(), {}, Dialect::sqlite));
    const std::vector<Migration> wrong{known[1], known[0]};
    CHECK_THROWS_AS(pending_migrations(wrong, {}, Dialect::sqlite), std::logic_error);
}

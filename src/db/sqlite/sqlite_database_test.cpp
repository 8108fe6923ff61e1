#include "db/database_contract.hpp"
#include "db/sqlite/open_sqlite.hpp"
#include "core/errors.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("sqlite: the database contract")
{
    check_database_contract([](std::vector<Migration> migrations) {
        SqliteOptions options;
        options.migrations = std::move(migrations);
        return open_temporary_sqlite(options);
    });
}

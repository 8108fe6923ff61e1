#pragma once
#include "db/postgres/open_postgres.hpp"
#include "db/sqlite/open_sqlite.hpp"

#include <cstdlib>

namespace vitrina {

// An empty database of the product's schema, gone with the object: SQLite, or PostgreSQL where VITRINA_TEST_ENGINE says
// so. Every test above the engines runs on both.
inline std::unique_ptr<Database> open_test_database()
{
    const char* engine = std::getenv("VITRINA_TEST_ENGINE");
    if (engine && std::string_view(engine) == "postgres")
        return open_temporary_postgres();
    return open_temporary_sqlite();
}

} // namespace vitrina

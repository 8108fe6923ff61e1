#include "core/errors.hpp"
#include "db/database_contract.hpp"
#include "db/postgres/connection.hpp"
#include "db/postgres/open_postgres.hpp"
#include "unit/run.hpp"

#include <cstdlib>
#include <doctest/doctest.h>

using namespace vitrina;

namespace {

// ./dev test starts a server and names it; a test program started by hand may have none.
const bool no_server = std::getenv("VITRINA_TEST_POSTGRES") == nullptr;

// A role with a password and a schema of its own; the server lets it in by nothing else (tests/engines/postgres).
class GuardedRole {
public:
    GuardedRole()
    {
        drop();
        administer("CREATE ROLE guarded LOGIN PASSWORD 'first'");
        administer("CREATE SCHEMA guarded AUTHORIZATION guarded");
    }
    ~GuardedRole() { drop(); }

    void change_password(const std::string& password)
    {
        administer("ALTER ROLE guarded PASSWORD '" + password + "'");
        administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'guarded'");
        PostgresConnection connection(server());
        while (!run(connection.ask("SELECT 1 FROM pg_stat_activity WHERE usename = 'guarded'")).empty()) {
        } // they end when they come to it
    }
    PostgresAddress address(const std::string& password) const
    {
        PostgresAddress address = server();
        address.login = {"guarded", Secret(password)};
        address.schema = "guarded";
        return address;
    }

private:
    static PostgresAddress server()
    {
        PostgresAddress address;
        address.host = std::getenv("VITRINA_TEST_POSTGRES");
        address.name = address.login.user = "vitrina";
        return address;
    }
    static void administer(const std::string& command)
    {
        PostgresConnection connection(server());
        run(connection.command("BEGIN READ WRITE; " + command + "; COMMIT"));
    }
    static void drop()
    {
        administer("DROP SCHEMA IF EXISTS guarded CASCADE");
        administer("DROP ROLE IF EXISTS guarded");
    }
};

// Who keeps the newest password, and how often it was asked.
struct Keeper {
    std::string password;
    int asked = 0;
    bool away = false;

    PostgresLogin newest()
    {
        ++asked;
        if (away)
            throw Unavailable("the keeper is away");
        return {"guarded", Secret(password)};
    }
};

std::unique_ptr<Database> open_guarded(const PostgresAddress& address)
{
    return open_postgres(address, {.migrations = {}, .connections = 2});
}

std::int64_t one_from(Database& database)
{
    static constexpr Sql query{"SELECT 1"};
    return run(database.read(query)).front().integer(0);
}

} // namespace

TEST_CASE("postgres: a password that was changed needs no restart" * doctest::skip(no_server))
{
    GuardedRole role;
    Keeper keeper{"first"};
    PostgresAddress address = role.address("first");
    address.newest_login = [&] { return keeper.newest(); };
    const auto database = open_guarded(address);
    CHECK(one_from(*database) == 1);
    CHECK(keeper.asked == 0);

    keeper.password = "second";
    role.change_password("second");
    CHECK(one_from(*database) == 1);
    CHECK(keeper.asked == 1);

    role.change_password("third"); // and the keeper does not know yet
    CHECK_THROWS_AS(one_from(*database), Unavailable);
    CHECK_THROWS_AS(one_from(*database), Unavailable);
    CHECK(keeper.asked == 1); // it was asked a moment before
}

TEST_CASE("postgres: a password that nobody has a newer one for is refused in words" * doctest::skip(no_server))
{
    GuardedRole role;
    Keeper keeper{"first"};
    CHECK_THROWS_AS(open_guarded(role.address("wrong")), Unavailable);
    PostgresAddress address = role.address("wrong");
    address.newest_login = [&] { return keeper.newest(); };
    CHECK_THROWS_AS(open_guarded(address), PostgresRefused); // a start has just read it
    PostgresAddress nowhere = address;
    nowhere.host = "/nowhere";
    CHECK_THROWS_WITH_AS(open_guarded(nowhere), doctest::Contains("cannot be reached"), Unavailable);
    CHECK(keeper.asked == 0);

    address.login.password = Secret("first");
    const auto database = open_guarded(address);
    keeper.away = true;
    role.change_password("second");
    CHECK_THROWS_WITH_AS(one_from(*database),
                         "PostgreSQL refuses the password, and whether there is a newer one is unknown: the keeper is "
                         "away",
                         Unavailable);
    CHECK(keeper.asked == 1);
}

TEST_CASE("postgres: the contract of databases" * doctest::skip(no_server))
{
    check_database_contract([](std::vector<Migration> migrations) {
        return open_temporary_postgres({.migrations = std::move(migrations)});
    });
}

TEST_CASE("postgres: every migration of the product" * doctest::skip(no_server))
{
    const auto database = open_temporary_postgres();
    static constexpr Sql count{"SELECT count(*) FROM schema_migrations"};
    CHECK(run(database->read(count)).front().integer(0) == std::int64_t(all_migrations().size()));
}

TEST_CASE("postgres: where nothing can be written, the connection is not used again" * doctest::skip(no_server))
{
    PostgresAddress address;
    address.host = std::getenv("VITRINA_TEST_POSTGRES");
    address.name = address.login.user = "vitrina";
    PostgresConnection connection(address);
    CHECK(connection.is_fresh());
    CHECK(connection.host() == address.host);
    // What a primary answers that became a standby.
    CHECK_THROWS_AS(run(connection.command("BEGIN READ ONLY; CREATE TABLE not_made (a INTEGER)")), PostgresLost);
    CHECK(connection.is_lost());
    CHECK(!connection.is_fresh());
    CHECK(!connection.is_within_transaction());
}

TEST_CASE("postgres: of several hosts the primary is found" * doctest::skip(no_server))
{
    PostgresAddress address;
    const std::string there = std::getenv("VITRINA_TEST_POSTGRES");
    address.host = "/nonexistent," + there;
    address.name = address.login.user = "vitrina";
    CHECK(PostgresConnection(address).host() == there);
}

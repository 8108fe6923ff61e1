#include "db/resealing.hpp"

#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const Secret former("the key until today, long enough"), present("the key from today on, as long");
constexpr std::array columns{SealedColumn{"webhook_secrets", "sealed", "webhook_id || '/' || number", "secret"}};

std::string row_of(int i)
{
    return "webhook-" + std::to_string(i);
}

void put(Database& db, int i, const Vault& vault)
{
    static constexpr Sql parent{
        "INSERT INTO webhooks (id, url, description, types, status, position, created_at, updated_at)"
        " VALUES ($1, 'https://one.example/', '', '', 'active', 0, 0, 0)"};
    static constexpr Sql child{"INSERT INTO webhook_secrets (webhook_id, number, sealed) VALUES ($1, 1, $2)"};
    run(db.write(parent, row_of(i)));
    run(db.write(child, row_of(i), vault.seal(Secret("secret " + std::to_string(i)), row_of(i) + "/1", "secret")));
}

std::string opened(Database& db, int i, const Vault& vault)
{
    static constexpr Sql find{"SELECT sealed FROM webhook_secrets WHERE webhook_id = $1"};
    return vault.open(run(db.read(find, row_of(i))).front().text(0), row_of(i) + "/1", "secret").reveal();
}

void check_resealed(std::unique_ptr<Database> db)
{
    const Vault before(former), both(SecretKeys{present, {former}}), after(present);
    constexpr int rows = 450; // some pages of them
    for (int i = 0; i < rows; ++i)
        put(*db, i, i % 9 == 0 ? both : before);
    put(*db, rows, Vault(Secret("a key that nobody has any more")));

    const Resealed nothing = run(reseal(*db, after, columns));
    CHECK(nothing.rows == 0);
    CHECK(nothing.unreadable == 401);
    CHECK(opened(*db, 1, before) == "secret 1");

    const Resealed done = run(reseal(*db, both, columns));
    CHECK(done.rows == 400);
    CHECK(done.unreadable == 1);
    CHECK(run(count_under_other_keys(*db, both, columns)) == 1);
    for (int i = 0; i < rows; ++i)
        CHECK(opened(*db, i, after) == "secret " + std::to_string(i));
    CHECK(run(reseal(*db, both, columns)).rows == 0);
}

} // namespace

TEST_CASE("SQLite: what is sealed with a former key is sealed anew")
{
    check_resealed(open_temporary_sqlite());
}

TEST_CASE("PostgreSQL: what is sealed with a former key is sealed anew")
{
    check_resealed(open_temporary_postgres());
}

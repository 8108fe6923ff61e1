#include "db/database_contract.hpp"

#include "core/errors.hpp"
#include "core/run_on.hpp"
#include "unit/run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>
#include <functional>
#include <string>
#include <thread>

namespace vitrina {
namespace {

using Kind = ConstraintViolation::Kind;

const Migration cats_schema{1, "cats", R"sql(
CREATE TABLE owners (name TEXT NOT NULL PRIMARY KEY);
CREATE TABLE cats (
    name   TEXT NOT NULL PRIMARY KEY,
    lives  BIGINT CHECK (lives <= 9),
    weight DOUBLE PRECISION,
    owner  TEXT REFERENCES owners (name)
);
)sql"};

constexpr Sql insert_cat{"INSERT INTO cats (name, lives, weight) VALUES ($1, $2, $3)"};
constexpr Sql count_cats{"SELECT count(*) FROM cats"};

std::int64_t cats(Database& db)
{
    return run(db.read(count_cats)).front().integer(0);
}

void add_cat(Database& db, std::string name)
{
    run(db.write(insert_cat, std::move(name), 9, 4.5));
}

Kind refused_as(Database& db, Sql sql)
{
    try {
        run(db.write(sql));
    } catch (const ConstraintViolation& e) {
        return e.kind;
    }
    FAIL("the change went through");
    return Kind::other;
}

// Adds one to the lives of a cat, in a transaction that reads first: a lost update would show.
Task<> add_lives(Database& db, int times)
{
    static constexpr Sql look{"SELECT lives FROM cats WHERE name = $1"};
    static constexpr Sql set{"UPDATE cats SET lives = $2 WHERE name = $1"};
    const std::string name = "Tom";
    for (int i = 0; i < times; ++i) {
        auto transaction = co_await db.begin();
        const Rows before = co_await transaction->run(look, name);
        const std::int64_t lives = before.front().integer(0);
        co_await transaction->run(set, name, lives + 1);
        co_await transaction->commit();
    }
}

void check_values(Database& db)
{
    static constexpr Sql all{"SELECT name, lives, weight, owner FROM cats WHERE name = $1"};
    run(db.write(insert_cat, std::string("Ñandú \"x\" $1"), std::int64_t{-5'000'000'000}, 0.1));
    const Rows rows = run(db.read(all, std::string("Ñandú \"x\" $1")));
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().text(0) == "Ñandú \"x\" $1");
    CHECK(rows.front().integer(1) == -5'000'000'000);
    CHECK(rows.front().real(2) == 0.1);
    CHECK(rows.front().is_null(3));
    CHECK(rows.front().text(3) == "");

    run(db.write(insert_cat, std::string(), std::monostate{}, std::monostate{}));
    const Rows empty = run(db.read(all, std::string()));
    REQUIRE(empty.size() == 1);
    CHECK_FALSE(empty.front().is_null(0));
    CHECK(empty.front().is_null(1));
    CHECK(empty.front().integer(1) == 0);
}

void check_parameters(Database& db)
{
    // By number, in any order, more than once.
    static constexpr Sql mixed{"SELECT $2 || $1 || $2"};
    const Rows rows = run(db.read(mixed, std::string("a"), std::string("b")));
    CHECK(rows.front().text(0) == "bab");
    CHECK_THROWS_AS(run(db.read(mixed, std::string("a"))), std::logic_error);
}

void check_changes_are_counted(Database& db)
{
    static constexpr Sql fatten{"UPDATE cats SET weight = weight + 1 WHERE lives = $1"};
    static constexpr Sql remove{"DELETE FROM cats WHERE name = $1 RETURNING lives"};
    add_cat(db, "Tom");
    add_cat(db, "Kitty");
    CHECK(run(db.write(fatten, 9)).changed() == 2);
    CHECK(run(db.write(fatten, 1)).changed() == 0);
    const Rows removed = run(db.write(remove, std::string("Tom")));
    CHECK(removed.changed() == 1);
    CHECK(removed.front().integer(0) == 9);
    CHECK(cats(db) == 1);
}

void check_constraints(Database& db)
{
    add_cat(db, "Tom");
    CHECK(refused_as(db, {"INSERT INTO cats (name) VALUES ('Tom')"}) == Kind::unique);
    CHECK(refused_as(db, {"INSERT INTO cats (name) VALUES (NULL)"}) == Kind::not_null);
    CHECK(refused_as(db, {"INSERT INTO cats (name, lives) VALUES ('Zombie', 10)"}) == Kind::check);
    CHECK(refused_as(db, {"INSERT INTO cats (name, owner) VALUES ('Stray', 'nobody')"}) == Kind::foreign_key);
    CHECK(cats(db) == 1);
}

void check_transactions(Database& db)
{
    static constexpr Sql tom{"INSERT INTO cats (name) VALUES ('Tom')"};
    {
        auto dropped = run(db.begin());
        run(dropped->run(tom));
        CHECK(cats(db) == 0); // others do not see it yet
    }
    CHECK(cats(db) == 0);

    auto kept = run(db.begin());
    run(kept->run(tom));
    CHECK(run(kept->run(count_cats)).front().integer(0) == 1); // it sees itself
    run(kept->commit());
    CHECK(cats(db) == 1);
    CHECK_THROWS_AS(run(kept->run(tom)), std::logic_error);

    auto failed = run(db.begin());
    run(failed->run({"DELETE FROM cats"}, std::vector<Value>{}));
    CHECK_THROWS_AS(run(failed->run({"INSERT INTO cats (name) VALUES (NULL)"}, std::vector<Value>{})),
                    ConstraintViolation);
    CHECK_THROWS(run(failed->run(tom)));
    CHECK_THROWS(run(failed->commit()));
    failed.reset();
    CHECK(cats(db) == 1);
}

void check_writers_take_turns(Database& db)
{
    static constexpr Sql zero{"INSERT INTO cats (name, lives) VALUES ('Tom', -1000)"};
    static constexpr Sql lives{"SELECT lives FROM cats"};
    run(db.write(zero));
    std::vector<std::thread> loops;
    for (int i = 0; i < 3; ++i)
        loops.emplace_back([&db] {
            boost::asio::io_context loop(1);
            for (int k = 0; k < 4; ++k)
                boost::asio::co_spawn(loop.get_executor(), add_lives(db, 10), boost::asio::detached);
            loop.run();
        });
    for (auto& loop : loops)
        loop.join();
    CHECK(run(db.read(lives)).front().integer(0) == -1000 + 3 * 4 * 10);
}

// Whether doing so leaves the version as it is. Another database of the same PostgreSQL server, where another test is
// at work, may change it meanwhile: so it is enough that one of many tries finds it unchanged.
bool keeps_version(Database& db, const std::function<void()>& act)
{
    for (int tries = 0; tries < 200; ++tries) {
        const auto before = run(db.version());
        act();
        if (run(db.version()) == before)
            return true;
    }
    return false;
}

void check_version(Database& db)
{
    const auto before = run(db.version());
    add_cat(db, "Tom");
    CHECK(run(db.version()) != before);
    CHECK(keeps_version(db, [] {}));
    CHECK(keeps_version(db, [&db] { run(db.read(count_cats)); }));
    CHECK(keeps_version(db, [&db] { auto nothing = run(db.begin()); }));
}

void check_scans(Database& db)
{
    static constexpr Sql endless{"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
                                 " SELECT count(*) FROM n"};
    static constexpr Sql by_lives{"SELECT name FROM cats WHERE lives = $1"};
    const std::vector<Value> none;
    CHECK_THROWS_AS(run(db.scan(endless, none, 20)), ScanTimeout);

    add_cat(db, "Tom");
    const std::vector<Value> nine{std::int64_t{9}};
    const Rows rows = run(db.scan(by_lives, nine, 10'000)); // the connection is as good as new
    CHECK(rows.front().text(0) == "Tom");
}

} // namespace

void check_database_contract(const std::function<std::unique_ptr<Database>(std::vector<Migration>)>& open)
{
    auto db = open({cats_schema});
    SUBCASE("values come back as they went in")
    {
        check_values(*db);
    }
    SUBCASE("parameters are bound by number")
    {
        check_parameters(*db);
    }
    SUBCASE("changed rows are counted, and can be returned")
    {
        check_changes_are_counted(*db);
    }
    SUBCASE("a refused change says which constraint")
    {
        check_constraints(*db);
    }
    SUBCASE("a transaction is all or nothing")
    {
        check_transactions(*db);
    }
    SUBCASE("writers on several loops take turns")
    {
        check_writers_take_turns(*db);
    }
    SUBCASE("the version changes with a commit, and only then")
    {
        check_version(*db);
    }
    SUBCASE("a scan ends in time")
    {
        check_scans(*db);
    }
    SUBCASE("a snapshot stays as it was, and holds nobody up")
    {
        add_cat(*db, "Tom");
        const auto snapshot = run(db->snapshot());
        add_cat(*db, "Felix");
        CHECK(cats(*db) == 2);
        CHECK(run(snapshot->read(count_cats, {})).front().integer(0) == 1);
        CHECK(run(db->snapshot()) != nullptr); // more than one at a time
    }
    SUBCASE("a read cannot write")
    {
        CHECK_THROWS(run(db->read(insert_cat, std::string("Tom"), 9, 1.0)));
        CHECK(cats(*db) == 0);
    }
}

} // namespace vitrina

#include "access/tokens.hpp"

#include "access/token_text.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

struct Given {
    std::unique_ptr<Database> database = open_test_database();
    ManualClock clock;
    Tokens tokens{*database, clock};

    MadeToken token(std::string name, std::optional<Instant> expires_at = {})
    {
        return run(tokens.make({std::move(name), {Permission::read}, expires_at}));
    }
};

} // namespace

TEST_CASE("a token is found by its text and shown by its name")
{
    Given given;
    const MadeToken made = given.token("phone");
    const auto found = run(given.tokens.find(made.text.reveal()));
    REQUIRE(found);
    CHECK(found->id == made.token.id);
    CHECK(found->name == "phone");
    CHECK(found->permissions.text() == "read");
    CHECK_FALSE(run(given.tokens.find(make_token_text().reveal())));
    CHECK_FALSE(run(given.tokens.find("vt_short")));
}

TEST_CASE("a revoked token and an expired one open nothing, and stay in the list")
{
    Given given;
    CHECK_FALSE(run(given.tokens.any_valid()));
    const MadeToken kept = given.token("kept");
    const MadeToken lost = given.token("lost");
    const MadeToken brief = given.token("brief", given.clock.now() + 1h);

    CHECK(run(given.tokens.revoke(lost.token.id)));
    CHECK_FALSE(run(given.tokens.revoke(lost.token.id)));
    CHECK_FALSE(run(given.tokens.find(lost.text.reveal())));

    CHECK(run(given.tokens.find(brief.text.reveal())));
    given.clock.advance(1h);
    CHECK_FALSE(run(given.tokens.find(brief.text.reveal())));

    CHECK(run(given.tokens.list()).size() == 3);
    CHECK(run(given.tokens.any_valid()));
    run(given.tokens.revoke(kept.token.id));
    CHECK_FALSE(run(given.tokens.any_valid()));
}

TEST_CASE("the last use is noted once an hour")
{
    Given given;
    const MadeToken made = given.token("phone");
    run(given.tokens.find(made.text.reveal()));
    const auto first = run(given.tokens.list()).front().last_used_at;
    REQUIRE(first);
    given.clock.advance(10min);
    run(given.tokens.find(made.text.reveal()));
    CHECK(run(given.tokens.list()).front().last_used_at == first);
    given.clock.advance(1h);
    run(given.tokens.find(made.text.reveal()));
    CHECK(*run(given.tokens.list()).front().last_used_at == *first + 1h);
}

TEST_CASE("the text of a token is nowhere in the database")
{
    Given given;
    const MadeToken made = given.token("phone");
    const Rows rows = run(given.database->read(Sql("SELECT * FROM tokens")));
    for (std::size_t column = 0; column < 8; ++column)
        CHECK(rows.front().text(column).find(made.text.reveal().substr(3)) == std::string_view::npos);
}

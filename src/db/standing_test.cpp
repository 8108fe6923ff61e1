#include "db/standing.hpp"

#include "core/errors.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const FilesPlace here{"the directory /here", "here"};

constexpr Sql change{"INSERT INTO access_keys (name, secret, created_at) VALUES ('a', 'b', 1)"
                     " ON CONFLICT (name) DO UPDATE SET created_at = 2"};

bool takes_work(Database& db)
{
    auto transaction = run(db.begin());
    return run(takes_new_work(*transaction));
}

using Open = std::unique_ptr<Database> (*)();

std::unique_ptr<Database> sqlite()
{
    return open_temporary_sqlite({.writes_refused_by = writes_refusal(Dialect::sqlite, here)});
}

std::unique_ptr<Database> postgres()
{
    return open_temporary_postgres({.writes_refused_by = writes_refusal(Dialect::postgres, here)});
}

} // namespace

TEST_CASE("standing: nothing is written from the moment a library is frozen, by whoever it is")
{
    for (const Open open : {sqlite, postgres}) {
        const auto db = open();
        CHECK(run(read_standing(*db)).state == Standing::State::open);
        run(db->write(change));
        const std::string id = run(identify_library(*db)).library;
        CHECK(id.size() == 32);
        CHECK(run(identify_library(*db)).library == id);

        Mover mover(*db, "move 1", "far away");
        CHECK(takes_work(*db));
        CHECK(run(mover.drain()));
        CHECK_FALSE(takes_work(*db));
        run(db->write(change)); // what is under way may end
        CHECK(run(mover.keep()));
        CHECK(run(mover.freeze()));
        CHECK(run(read_standing(*db)).state == Standing::State::frozen);
        CHECK_THROWS_WITH_AS(run(db->write(change)), doctest::Contains("being moved to far away"), WritesRefused);
        CHECK_THROWS_AS(run(db->begin()), WritesRefused);
        static constexpr Sql look{"SELECT 1 FROM access_keys"};
        CHECK(run(db->read(look)).size() == 1);
    }
}

TEST_CASE("standing: only one moves a library, and gives it up again")
{
    for (const Open open : {sqlite, postgres}) {
        const auto db = open();
        run(identify_library(*db));
        Mover mover(*db, "move 1", "far away"), other(*db, "move 2", "elsewhere");
        CHECK_FALSE(run(mover.freeze())); // only from draining
        CHECK(run(mover.drain()));
        static constexpr Sql of_another{"UPDATE library_standing SET mover = 'another process'"};
        run(db->write(of_another));
        CHECK_FALSE(run(mover.keep()));
        CHECK_FALSE(run(other.drain()));
        CHECK_FALSE(run(other.keep()));
        CHECK_FALSE(run(other.freeze()));
        CHECK(is_being_moved(run(read_standing(*db))));
        CHECK(run(other.drain("another process"))); // which is known to have ended
        CHECK_FALSE(run(other.mark_moved()));       // only from frozen
        run(other.give_up());
        CHECK(run(read_standing(*db)).state == Standing::State::open);
        CHECK(run(mover.drain()));
    }
}

TEST_CASE("standing: who moved a library and is gone holds it up for a while only")
{
    static constexpr Sql time_passes{"UPDATE library_standing SET until = 0"};
    for (const Open open : {sqlite, postgres}) {
        const auto db = open();
        run(identify_library(*db));
        Mover mover(*db, "move 1", "far away"), other(*db, "move 2", "elsewhere");
        CHECK(run(mover.drain()));
        run(db->write(time_passes));
        CHECK(takes_work(*db));
        CHECK_FALSE(run(mover.keep()));
        CHECK_FALSE(run(mover.freeze()));
        CHECK(run(other.drain()));
    }
}

TEST_CASE("standing: a library that is on its way here is not written to, and is served once it is whole")
{
    for (const Open open : {sqlite, postgres}) {
        const auto db = open();
        Mover mover(*db, "move 1", "far away");
        run(mover.begin_arriving("a library"));
        CHECK_THROWS_WITH_AS(run(db->write(change)), doctest::Contains("not wholly arrived from far away"),
                             WritesRefused);
        const Standing standing = run(read_standing(*db));
        CHECK(standing.state == Standing::State::arriving);
        CHECK(standing.library == "a library");
        CHECK(refusal_to_serve(standing, here).find("once more") != std::string::npos);
    }
}

TEST_CASE("standing: files that went elsewhere are missed, and nothing is written without them")
{
    for (const Open open : {sqlite, postgres}) {
        const auto db = open();
        run(identify_library(*db));
        static constexpr Sql gone{"UPDATE library_standing SET files_mark = 'there', files_place = 'the bucket b'"};
        run(db->write(gone));
        CHECK_THROWS_WITH_AS(run(db->write(change)), doctest::Contains("moved to the bucket b"), WritesRefused);
        const Standing standing = run(read_standing(*db));
        CHECK(refusal_to_serve(standing, here).find("the bucket b") != std::string::npos);
        CHECK(refusal_to_serve(standing, {"the bucket b", "there"}).empty());
    }
}

TEST_CASE("standing: a server says why it does not start on a library that was moved away")
{
    Standing standing;
    CHECK(refusal_to_serve(standing, here).empty());
    standing.state = Standing::State::frozen; // it will be open again, or moved
    CHECK(refusal_to_serve(standing, here).empty());
    standing.state = Standing::State::moved;
    standing.other = "the database x";
    const std::string refusal = refusal_to_serve(standing, here);
    CHECK(refusal.find("was moved to the database x") != std::string::npos);
    CHECK(refusal.find("--reopen") != std::string::npos);
}

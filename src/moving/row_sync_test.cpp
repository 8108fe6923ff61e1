#include "moving/row_sync.hpp"

#include "library/search_index.hpp"
#include "moving/library_place.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace vitrina;

namespace {

constexpr Sql add_video{"INSERT INTO videos (id, title, title_key, status, frame_rate, s3_key, uploaded_at, changed_at,"
                        " deleted_at) VALUES ($1, $2, $2, 'ready', $3, '', $4, $4, $5) RETURNING seq"};
constexpr Sql add_publication{"INSERT INTO publications (id, video_id, account_id, platform, sandbox, status, options,"
                              " progress_at, created_at, updated_at) VALUES ($1, $2, 'a', 'x', 0, $3, '{}', 1, 1, 1)"};
constexpr Sql add_attempt{"INSERT INTO publish_attempts (publication_id, number, outcome, armed_at)"
                          " VALUES ($1, 1, 'confirmed', 1)"};
constexpr Sql add_job{"INSERT INTO jobs (id, kind, subject, payload, unique_key, due_at, max_attempts, created_at)"
                      " VALUES ($1, 'k', '', '{}', $2, 1, 1, 1)"};

Task<> add_document(Database& db, std::int64_t seq, std::string text)
{
    auto transaction = co_await db.begin();
    co_await index_document(*transaction, seq, std::move(text));
    co_await transaction->commit();
}

// A library, and a place that it goes to: each of both engines where there is a PostgreSQL.
struct Two {
    std::unique_ptr<Database> from = open_test_database();
    std::unique_ptr<Database> to = open_temporary_sqlite();
    std::vector<Table> tables = run(tables_of(*from));
    MoveProgress progress;
    Mover arrival{*to, "a move", "elsewhere"};

    Two() { run(arrival.begin_arriving("a library")); }

    void add(int number)
    {
        const std::string id = "video " + std::to_string(number);
        const Value deleted = number % 2 == 0 ? Value() : Value(std::int64_t{7});
        std::vector<Value> values{id, std::string("Títle \" ") + std::to_string(number), number / 3.0,
                                  std::int64_t{number}, deleted};
        const std::int64_t seq = run(from->write(add_video, std::move(values))).front().integer(0);
        run(add_document(*from, seq, "document " + std::to_string(number)));
        run(from->write(add_publication, "p" + id, id, std::string("published")));
        run(from->write(add_attempt, "p" + id));
    }

    RowsReport copy()
    {
        const auto snapshot = run(from->snapshot());
        SnapshotRows rows(*snapshot);
        return run(make_rows_alike(rows, *to, arrival, tables, progress));
    }

    RowsReport compare()
    {
        const auto snapshot = run(from->snapshot());
        SnapshotRows rows(*snapshot);
        return run(compare_rows(rows, *to, tables, progress));
    }
};

} // namespace

TEST_CASE("row sync: the first time it is a copy, of every column as it was")
{
    Two two;
    for (int i = 1; i <= 1'300; ++i) // more than two pages
        two.add(i);
    CHECK(two.compare().changes == 4 * 1'300);
    const RowsReport copied = two.copy();
    CHECK(copied.rows == 4 * 1'300);
    CHECK(copied.changes == 4 * 1'300);
    CHECK(two.compare().changes == 0);
    CHECK(two.copy().changes == 0);
}

TEST_CASE("row sync: what changed since is brought, and nothing else")
{
    Two two;
    for (int i = 1; i <= 20; ++i)
        two.add(i);
    two.copy();
    static constexpr Sql rename{"UPDATE videos SET title = 'New' WHERE id = 'video 3'"};
    static constexpr Sql drop_attempt{"DELETE FROM publish_attempts WHERE publication_id = 'pvideo 5'"};
    static constexpr Sql drop{"DELETE FROM publications WHERE id = 'pvideo 5'"};
    run(two.from->write(rename));
    run(two.from->write(drop_attempt)); // a row that another one refers to, and the one that refers
    run(two.from->write(drop));
    two.add(21);
    const RowsReport compared = two.compare();
    CHECK(compared.changes == 1 + 2 + 4);
    CHECK(compared.first.starts_with("publications pvideo 21"));
    CHECK(two.copy().changes == 7);
    CHECK(two.compare().changes == 0);
}

TEST_CASE("row sync: a row that stands in another's way makes way")
{
    Two two;
    run(two.from->write(add_job, std::string("b"), std::string("only one")));
    two.copy();
    // Now the name belongs to a job that comes before it: the copy meets it while the old one is still there.
    static constexpr Sql done{"DELETE FROM jobs"};
    run(two.from->write(done));
    run(two.from->write(add_job, std::string("a"), std::string("only one")));
    two.copy();
    CHECK(two.compare().changes == 0);
}

TEST_CASE("row sync: who was taken over from writes nothing any more")
{
    Two two;
    two.add(1);
    two.copy();
    Mover other(*two.to, "another move", "elsewhere");
    run(other.begin_arriving("a library"));
    CHECK(two.copy().changes == 0);
    two.add(2);
    CHECK_THROWS_WITH_AS(two.copy(), doctest::Contains("taken this over"), MoveRefused);
}

TEST_CASE("row sync: SQLite's search index follows the documents")
{
    Two two;
    two.add(1);
    two.add(2);
    two.copy();
    static constexpr Sql matching{"SELECT rowid FROM video_search WHERE video_search MATCH $1 ORDER BY rowid"};
    CHECK(run(two.to->read(matching, std::string("\"document\""))).size() == 2);
    run(add_document(*two.from, 1, "something else"));
    two.copy();
    CHECK(run(two.to->read(matching, std::string("\"document\""))).size() == 1);
    CHECK(run(two.to->read(matching, std::string("\"something\""))).size() == 1);
}

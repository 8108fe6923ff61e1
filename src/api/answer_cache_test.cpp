#include "api/answer_cache.hpp"

#include "unit/run.hpp"

#include <doctest/doctest.h>
#include <stdexcept>

using namespace vitrina;

namespace {

// Only its version is ever asked for.
class CountingDatabase final : public Database {
public:
    std::uint64_t current = 1;

    Task<std::uint64_t> version() override { co_return current; }
    Dialect dialect() const override { return Dialect::sqlite; }
    Task<Rows> read(Sql, std::vector<Value>) override { throw std::logic_error("not for this test"); }
    Task<Rows> scan(Sql, std::vector<Value>, int) override { throw std::logic_error("not for this test"); }
    Task<Rows> write(Sql, std::vector<Value>) override { throw std::logic_error("not for this test"); }
    Task<std::unique_ptr<Transaction>> begin() override { throw std::logic_error("not for this test"); }
    Task<std::unique_ptr<Snapshot>> snapshot() override { throw std::logic_error("not for this test"); }
};

Answer answer(std::string text)
{
    return {std::make_shared<const std::string>(std::move(text)), {}, {}};
}

void keep(AnswerCache& cache, const std::string& key, std::string text)
{
    const auto lookup = run(cache.find(key));
    cache.keep(key, lookup, answer(std::move(text)));
}

} // namespace

TEST_CASE("an answer is remembered, shared and not copied, until something is committed")
{
    CountingDatabase database;
    AnswerCache cache(database, 1 << 20);
    keep(cache, "a", "one");
    const auto first = run(cache.find("a")).answer;
    REQUIRE(first);
    CHECK(first->body == run(cache.find("a")).answer->body);
    ++database.current;
    CHECK_FALSE(run(cache.find("a")).answer);
    CHECK(cache.bytes() == 0);
}

TEST_CASE("an answer that was read before a commit is not kept after it")
{
    CountingDatabase database;
    AnswerCache cache(database, 1 << 20);
    const auto before = run(cache.find("a"));
    ++database.current;
    (void)run(cache.find("b")); // somebody notices the commit
    cache.keep("a", before, answer("old"));
    CHECK_FALSE(run(cache.find("a")).answer);

    const auto unnoticed = run(cache.find("a"));
    ++database.current;
    cache.keep("a", unnoticed, answer("old")); // nobody has noticed yet…
    CHECK_FALSE(run(cache.find("a")).answer);       // …but the next look does
}

TEST_CASE("the limit holds; what was used last stays; what is too large is not kept")
{
    CountingDatabase database;
    AnswerCache cache(database, 10'000);
    for (int i = 0; i < 100; ++i) {
        keep(cache, std::to_string(i), std::string(1000, 'x'));
        CHECK(run(cache.find("0")).answer); // used all the time
        CHECK(cache.bytes() <= 10'000);
    }
    CHECK(run(cache.find("99")).answer);
    CHECK_FALSE(run(cache.find("50")).answer);
    keep(cache, "huge", std::string(20'000, 'x'));
    CHECK_FALSE(run(cache.find("huge")).answer);
}

TEST_CASE("what one thread sees committed, no other thread answers from before")
{
    CountingDatabase database;
    AnswerCache cache(database, 1 << 20);
    keep(cache, "a", "old");
    std::thread([&] {
        ++database.current;
        (void)run(cache.find("x"));
    }).join();
    CHECK_FALSE(run(cache.find("a")).answer);
}

#include "api/health.hpp"

#include "core/errors.hpp"
#include "storage/memory_store.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

class LostDatabase final : public Database {
public:
    Task<std::uint64_t> version() override { co_return 0; }
    Dialect dialect() const override { return Dialect::sqlite; }
    Task<Rows> read(Sql, std::vector<Value>) override { throw Unavailable("unable to open /var/lib/vitrina.db"); }
    Task<Rows> scan(Sql, std::vector<Value>, int) override { throw Unavailable("unable to open /var/lib/vitrina.db"); }
    Task<Rows> write(Sql, std::vector<Value>) override { throw Unavailable("unable to open /var/lib/vitrina.db"); }
    Task<std::unique_ptr<Transaction>> begin() override { throw Unavailable("unable to open /var/lib/vitrina.db"); }
    Task<std::unique_ptr<Snapshot>> snapshot() override { throw Unavailable("unable to open /var/lib/vitrina.db"); }
};

struct Answer {
    int status;
    std::string text;
};

Answer ask(Health& health, std::string_view path)
{
    for (const Route& route : health.routes()) {
        if (route.pattern == path) {
            const Response response = run(route.handler(Request{}));
            return {response.status, std::get<std::string>(response.body)};
        }
    }
    return {};
}

} // namespace

TEST_CASE("all is well")
{
    const auto database = open_test_database();
    const auto store = make_memory_store();
    const ManualClock clock;
    Health health(*database, *store, clock);
    CHECK(ask(health, "/health").text == R"({"status":"healthy","timestamp":"2026-03-01T12:00:00.000000"})");
    CHECK(ask(health, "/livez").status == 200);
    CHECK(ask(health, "/readyz").text == R"({"status":"ready","reasons":[]})");

    health.start_draining();
    CHECK(ask(health, "/readyz").status == 503);
    CHECK(ask(health, "/livez").status == 200);
    CHECK(ask(health, "/health").status == 200);
}

TEST_CASE("without its database the server is alive, not ready, and says so without saying where it was")
{
    LostDatabase database;
    const auto store = make_memory_store();
    const ManualClock clock;
    Health health(database, *store, clock);
    CHECK(ask(health, "/livez").status == 200);
    for (const char* path : {"/health", "/readyz"}) {
        const Answer answer = ask(health, path);
        CHECK(answer.status == 503);
        CHECK(answer.text.find("The database does not answer.") != std::string::npos);
        CHECK(answer.text.find("/var") == std::string::npos);
    }
    CHECK(ask(health, "/health").text.find("\"unhealthy\"") != std::string::npos);
}

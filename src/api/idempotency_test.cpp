#include "api/idempotency.hpp"

#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>
#include <stdexcept>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

struct Given {
    std::unique_ptr<Database> database = open_test_database();
    ManualClock clock;
    IdempotencyKeys keys{*database, clock};
    int calls = 0;
    std::function<Response()> effect = [this] { return Response(201, "application/json", std::to_string(calls)); };
    Route route = with_idempotency({{Method::post, "/v1/things", [this](const Request&) { return work(); },
                                     Scope::write, Body::buffered}},
                                   keys)
                      .front();

    Task<Response> work()
    {
        ++calls;
        co_return effect();
    }

    Response post(std::string key, std::string body = "{}", std::string caller = {})
    {
        const Request request = made(std::move(key), std::move(body), std::move(caller));
        return run(route.handler(request));
    }

    static Request made(std::string key, std::string body, std::string caller = {})
    {
        Request request;
        request.method = Method::post;
        request.path = "/v1/things";
        request.body = std::move(body);
        request.caller = std::move(caller);
        request.headers.add("Content-Type", "application/json");
        if (!key.empty())
            request.headers.add("Idempotency-Key", std::move(key));
        return request;
    }
};

std::string text(const Response& response)
{
    return std::get<std::string>(response.body);
}

} // namespace

TEST_CASE("one effect for each key, and its answer again and again")
{
    Given given;
    CHECK(text(given.post("a")) == "1");
    const Response again = given.post("a");
    CHECK(again.status == 201);
    CHECK(text(again) == "1");
    CHECK(again.headers.get("Idempotency-Replayed") == "true");
    CHECK(again.headers.get("Content-Type") == "application/json");
    CHECK(text(given.post("b")) == "2");
    CHECK(text(given.post("")) == "3"); // without a key nothing is remembered
    CHECK(text(given.post("a", "{}", "another caller")) == "4");
}

TEST_CASE("the same key for another body is a mistake")
{
    Given given;
    given.post("a");
    CHECK(given.post("a", "{\"x\":1}").status == 422);
    CHECK(given.calls == 1);
}

TEST_CASE("what failed was not done, so the key is free")
{
    Given given;
    given.effect = [] { return Response(503); };
    CHECK(given.post("a").status == 503);
    given.effect = []() -> Response { throw std::runtime_error("the database is gone"); };
    CHECK_THROWS(given.post("a"));
    given.effect = [] { return Response(201, "text/plain", "done"); };
    CHECK(text(given.post("a", "{\"corrected\":true}")) == "done");
}

TEST_CASE("a hundred at once: one effect; the others are told to wait, or get its answer")
{
    Given given;
    boost::asio::io_context loop(1);
    std::vector<Request> requests(100, Given::made("a", "{}"));
    int created = 0;
    int waiting = 0;
    for (const Request& request : requests) {
        boost::asio::co_spawn(loop.get_executor(), given.route.handler(request),
                              [&](std::exception_ptr thrown, Response response) {
            REQUIRE_FALSE(thrown);
            created += response.status == 201;
            waiting += response.status == 409;
        });
    }
    loop.run();
    CHECK(given.calls == 1);
    CHECK(created >= 1);
    CHECK(created + waiting == 100);
}

TEST_CASE("a lease that ran out is taken over once")
{
    Given given;
    run(given.keys.claim("scope", "subject", "f"));
    CHECK(std::holds_alternative<IdempotencyKeys::Running>(run(given.keys.claim("scope", "x", "f"))));
    given.clock.advance(IdempotencyKeys::lease);
    CHECK(std::holds_alternative<IdempotencyKeys::Running>(run(given.keys.claim("scope", "x", "another body"))));
    const auto taken = run(given.keys.claim("scope", "x", "f"));
    REQUIRE(std::holds_alternative<IdempotencyKeys::TakenOver>(taken));
    CHECK(std::get<IdempotencyKeys::TakenOver>(taken).subject == "subject");
    CHECK(std::holds_alternative<IdempotencyKeys::Running>(run(given.keys.claim("scope", "x", "f"))));
}

TEST_CASE("a lease that is renewed is not taken over; one that was lost records nothing")
{
    Given given;
    const auto first = std::get<IdempotencyKeys::Reserved>(run(given.keys.claim("scope", "one", ""))).claim;
    given.clock.advance(IdempotencyKeys::lease / 2);
    run(given.keys.renew(first));
    given.clock.advance(IdempotencyKeys::lease / 2);
    CHECK(std::holds_alternative<IdempotencyKeys::Running>(run(given.keys.claim("scope", "two", ""))));
    given.clock.advance(IdempotencyKeys::lease);
    const auto second = std::get<IdempotencyKeys::TakenOver>(run(given.keys.claim("scope", "two", ""))).claim;

    run(given.keys.record(first, {201, "text/plain", "", "", "from the dead", "f"}));
    run(given.keys.release(first));
    CHECK(std::holds_alternative<IdempotencyKeys::Running>(run(given.keys.claim("scope", "three", ""))));
    run(given.keys.record(second, {201, "text/plain", "", "", "alive", "f"}));
    const auto stored = run(given.keys.claim("scope", "four", ""));
    REQUIRE(std::holds_alternative<StoredAnswer>(stored));
    CHECK(std::get<StoredAnswer>(stored).body == "alive");
}

TEST_CASE("after 72 hours a key is forgotten, and swept")
{
    Given given;
    CHECK(text(given.post("a")) == "1");
    CHECK(run(given.keys.sweep()) == 0);
    given.clock.advance(IdempotencyKeys::kept);
    CHECK(text(given.post("a")) == "2"); // also before the sweep came by
    given.clock.advance(IdempotencyKeys::kept);
    CHECK(run(given.keys.sweep()) == 1);
}

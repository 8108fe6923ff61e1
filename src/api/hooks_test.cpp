#include "api/hooks.hpp"

#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <stdexcept>

using namespace vitrina;

namespace {

Request from(std::string origin, Method method = Method::get)
{
    Request request;
    request.method = method;
    request.path = "/v1/videos";
    request.remote_address = "192.0.2.7";
    request.id = "r-1";
    if (!origin.empty())
        request.headers.add("Origin", std::move(origin));
    return request;
}

struct Given {
    std::unique_ptr<Database> database = open_test_database();
    ManualClock clock;
    Tokens tokens{*database, clock};
    MediaUrls media{*database, clock};
    AccessControl access{{Access::open, ""}, tokens, media};
    RateLimiter limiter{2};
    Cors cors{"*"};
    Metrics metrics;
    Hooks hooks = make_hooks(access, limiter, cors, metrics);
    Route route{Method::get, "/v1/videos", nullptr, Scope::read};

    std::optional<Response> knock()
    {
        Request request = from("");
        return run(hooks.admit(request, route));
    }
    Response finished(const Request& request, Response response = Response(200))
    {
        hooks.finish(request, response);
        return response;
    }
};

} // namespace

TEST_CASE("CORS: open by default, for errors as well")
{
    Given given;
    const Response response = given.finished(from("https://app.example"));
    CHECK(response.headers.get("Access-Control-Allow-Origin") == "*");
    CHECK(response.headers.get("Access-Control-Expose-Headers").find("ETag") != std::string_view::npos);
    CHECK_FALSE(response.headers.find("Access-Control-Allow-Credentials"));
}

TEST_CASE("CORS: the preflight names methods and the headers that were asked for")
{
    Given given;
    Request preflight = from("https://app.example", Method::options);
    preflight.headers.add("Access-Control-Request-Method", "PATCH");
    preflight.headers.add("Access-Control-Request-Headers", "authorization, content-type");
    const Response response = given.finished(preflight, Response(204));
    CHECK(response.headers.get("Access-Control-Allow-Methods").find("PATCH") != std::string_view::npos);
    CHECK(response.headers.get("Access-Control-Allow-Headers") == "authorization, content-type");
    CHECK(response.headers.get("Access-Control-Max-Age") == "86400");
}

TEST_CASE("CORS: narrowed to some origins")
{
    const Cors cors("https://one.example/, http://localhost:8080");
    const auto allowed = [&](std::string origin) {
        Response response(200);
        cors.apply(from(std::move(origin)), response);
        CHECK(response.headers.get("Vary") == "Origin");
        return std::string(response.headers.get("Access-Control-Allow-Origin"));
    };
    CHECK(allowed("https://one.example") == "https://one.example");
    CHECK(allowed("http://localhost:8080") == "http://localhost:8080");
    CHECK(allowed("https://two.example") == "");
    CHECK(allowed("https://one.example.evil") == "");
    CHECK(allowed("null") == "");
    CHECK(allowed("") == "");
}

TEST_CASE("every answer carries its id and may not be sniffed")
{
    Given given;
    const Response response = given.finished(from(""));
    CHECK(response.headers.get("X-Request-Id") == "r-1");
    CHECK(response.headers.get("X-Content-Type-Options") == "nosniff");
    CHECK(response.headers.get("Referrer-Policy") == "no-referrer");
}

TEST_CASE("past the limit: 429, with the time to wait; probes and files are not counted")
{
    Given given;
    CHECK_FALSE(given.knock());
    CHECK_FALSE(given.knock());
    const auto refused = given.knock();
    REQUIRE(refused);
    CHECK(refused->status == 429);
    CHECK(refused->headers.get("Retry-After") == "30");
    const Response response = given.finished(from(""), *given.knock());
    CHECK(response.headers.get("RateLimit-Policy") == "\"minute\";q=2;w=60");
    CHECK(response.headers.get("RateLimit") == "\"minute\";r=0;t=30");

    Request file = from("");
    file.path = "/files/a/b";
    CHECK_FALSE(run(given.hooks.admit(file, given.route)));
}

TEST_CASE("what a handler throws is answered without its words")
{
    Given given;
    const Response response = given.hooks.failed(from(""), std::make_exception_ptr(std::runtime_error("SELECT 1")));
    CHECK(response.status == 500);
    CHECK(std::get<std::string>(response.body).find("SELECT") == std::string::npos);
}

TEST_CASE("metrics: requests by route, method and class; bounded whatever is asked")
{
    Given given;
    const Request request = from("");
    for (int i = 0; i < 1000; ++i) {
        Exchange exchange{&request, i % 2 ? "/v1/videos" : "",          200 + i % 4 * 100, 10,
                          20,       std::chrono::microseconds(i * 5000)};
        given.hooks.answered(exchange);
    }
    given.metrics.add(process_metrics);
    given.metrics.add([]() -> Task<std::vector<Metric>> { throw std::runtime_error("a source that fails"); });
    const Response response = run(given.metrics.routes().front().handler(request));
    const std::string& text = std::get<std::string>(response.body);
    CHECK(text.find(
              "http_server_request_duration_seconds_count{route=\"/v1/videos\",method=\"GET\",status=\"3xx\"} 250\n") !=
          std::string::npos);
    CHECK(text.find("le=\"+Inf\"} 250\n") != std::string::npos);
    CHECK(text.find("route=\"none\"") != std::string::npos);
    CHECK(text.find("vitrina_build_info{version=") != std::string::npos);
    CHECK(std::ranges::count(text, '\n') < 100);
}

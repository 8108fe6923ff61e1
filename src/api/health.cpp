#include "api/health.hpp"

#include "api/json_writer.hpp"
#include "core/log.hpp"

namespace vitrina {

namespace {

// Below this an upload of usual size may fail.
constexpr std::uint64_t little_room = 256 * 1024 * 1024;

Response answer(int status, std::string body)
{
    Response response(status, "application/json", std::move(body));
    response.headers.add("Cache-Control", "no-store");
    return response;
}

} // namespace

std::vector<Route> Health::routes()
{
    return {
        {Method::get, "/health", [this](const Request& r) { return health(r); }, Scope::anyone},
        {Method::get, "/livez", [this](const Request& r) { return live(r); }, Scope::anyone},
        {Method::get, "/readyz", [this](const Request& r) { return ready(r); }, Scope::anyone},
    };
}

Task<Response> Health::health(const Request&)
{
    const std::optional<std::string> trouble = co_await database_trouble();
    std::string body;
    JsonWriter json(body);
    json.begin_object()
        .member("status", trouble ? "unhealthy" : "healthy")
        .member("timestamp", iso_without_zone(clock_.now()));
    if (trouble)
        json.member("reason", *trouble);
    json.end_object();
    co_return answer(trouble ? 503 : 200, std::move(body));
}

Task<Response> Health::live(const Request&)
{
    co_return answer(200, R"({"status":"alive"})");
}

Task<Response> Health::ready(const Request&)
{
    std::optional<std::string> refusal;
    if (draining_)
        refusal = "The server is stopping.";
    else
        refusal = co_await database_trouble();
    const std::vector<std::string> degraded_by = degradations();

    std::string body;
    JsonWriter json(body);
    json.begin_object().member("status", refusal ? "not ready" : degraded_by.empty() ? "ready" : "degraded");
    json.member("reasons").begin_array();
    if (refusal)
        json.value(*refusal);
    for (const std::string& reason : degraded_by)
        json.value(reason);
    json.end_array().end_object();
    co_return answer(refusal ? 503 : 200, std::move(body));
}

Task<std::optional<std::string>> Health::database_trouble()
{
    static constexpr Sql ping{"SELECT 1"};
    std::string failure;
    try {
        co_await db_.read(ping); // not behind the searches: a busy server is a healthy one
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (failure.empty())
        co_return std::nullopt;
    log(LogLevel::error, "health: the database does not answer", {{"error", failure}});
    co_return "The database does not answer.";
}

std::vector<std::string> Health::degradations()
{
    std::vector<std::string> reasons;
    if (db_.counters().without_room)
        reasons.emplace_back("The database server has no room left.");
    try {
        const auto free = store_.free_bytes();
        if (free && *free < little_room)
            reasons.emplace_back("There is little room left to store videos.");
    } catch (const std::exception& error) {
        log(LogLevel::error, "health: the store does not answer", {{"error", error.what()}});
        reasons.emplace_back("The store does not answer.");
    }
    return reasons;
}

} // namespace vitrina

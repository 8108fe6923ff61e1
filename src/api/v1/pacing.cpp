#include "api/v1/pacing.hpp"

#include "api/error_response.hpp"
#include "api/json_body.hpp"
#include "api/json_writer.hpp"

#include <boost/json/value.hpp>

namespace vitrina {
namespace {

constexpr std::int64_t most_posts_per_day = 1000, longest_spacing = 86'400;

Response pace_response(const Pace& pace)
{
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("posts_per_day");
    if (pace.posts_per_day > 0)
        json.value(pace.posts_per_day);
    else
        json.null();
    json.member("spacing_seconds", std::int64_t(pace.spacing.count())).member("paused", pace.paused).end_object();
    return Response(200, "application/json", std::move(text));
}

Response all_response(bool paused)
{
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("paused", paused).end_object();
    return Response(200, "application/json", std::move(text));
}

// What the body says of it, else what it was.
std::int64_t number(JsonBody& body, const std::string& name, std::int64_t least, std::int64_t most, std::int64_t now)
{
    const auto* value = body.value(name);
    if (!value)
        return now;
    if (value->is_int64() && value->get_int64() >= least && value->get_int64() <= most)
        return value->get_int64();
    body.wrong("/" + name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return now;
}

} // namespace

std::vector<Route> PacingApi::routes()
{
    return {
        {Method::get, "/v1/accounts/{id}/pace", [this](const Request& r) { return show(r); }, Scope::read},
        {Method::patch, "/v1/accounts/{id}/pace", [this](const Request& r) { return change(r); }, Scope::publish,
         Body::buffered},
        {Method::get, "/v1/publishing", [this](const Request& r) { return show_all(r); }, Scope::read},
        {Method::patch, "/v1/publishing", [this](const Request& r) { return change_all(r); }, Scope::publish,
         Body::buffered},
    };
}

Task<Response> PacingApi::show(const Request& request)
{
    const auto id = AccountId::parse(request.parameter("id"));
    std::optional<Account> account;
    if (id)
        account = co_await accounts_.find(*id);
    if (!account)
        co_return error_response(request, no_such_account());
    const Pace pace = co_await pacing_.of(*id);
    co_return pace_response(pace);
}

Task<Response> PacingApi::change(const Request& request)
{
    auto body = JsonBody::parse(request, "application/merge-patch+json");
    if (!body)
        co_return error_response(request, body.error());
    const auto id = AccountId::parse(request.parameter("id"));
    std::optional<Account> account;
    if (id)
        account = co_await accounts_.find(*id);
    if (!account)
        co_return error_response(request, no_such_account());
    Pace pace = co_await pacing_.of(*id);
    const auto* posts = body->value("posts_per_day");
    pace.posts_per_day =
        posts && posts->is_null() ? 0 : number(*body, "posts_per_day", 1, most_posts_per_day, pace.posts_per_day);
    pace.spacing = std::chrono::seconds(number(*body, "spacing_seconds", 0, longest_spacing, pace.spacing.count()));
    pace.paused = body->boolean("paused").value_or(pace.paused);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    co_await pacing_.set(*id, pace);
    co_return pace_response(pace);
}

Task<Response> PacingApi::show_all(const Request&)
{
    const bool paused = co_await pacing_.is_all_paused();
    co_return all_response(paused);
}

Task<Response> PacingApi::change_all(const Request& request)
{
    auto body = JsonBody::parse(request, "application/merge-patch+json");
    if (!body)
        co_return error_response(request, body.error());
    body->require("paused");
    const bool paused = body->boolean("paused").value_or(false);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    co_await pacing_.pause_all(paused);
    co_return all_response(paused);
}

} // namespace vitrina

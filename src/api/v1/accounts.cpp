#include "api/v1/accounts.hpp"

#include "api/error_response.hpp"
#include "api/json_body.hpp"
#include "api/publication_json.hpp"
#include "publishing/requests.hpp"
#include "publishing/server_address.hpp"

namespace vitrina {
namespace {

constexpr std::size_t longest_secret = 8192;

Result<NewAccount> new_account(JsonBody& body, const Platforms& platforms)
{
    NewAccount account;
    body.require("platform");
    account.platform = body.text("platform", 50).value_or("");
    const Platform* platform = find_platform(platforms, account.platform);
    if (body.has("platform") && !platform)
        body.wrong("/platform", "is unknown; known: " + platform_names(platforms));
    const auto base_url = body.text("base_url", 300);
    if (platform && platform->has_servers() && !base_url)
        body.wrong("/base_url", "is missing: the server's address, such as https://mastodon.example");
    if (platform && !platform->has_servers() && base_url)
        body.wrong("/base_url", "is not for this platform");
    if (base_url) {
        account.base_url = parse_server_address(*base_url).value_or("");
        if (account.base_url.empty())
            body.wrong("/base_url", "must be an address such as https://mastodon.example, without a path");
    }
    account.remote_id = body.text("remote_id", 200).value_or("");
    account.tokens.client_id = body.text("client_id", 1000).value_or("");
    account.tokens.client_secret = Secret(body.text("client_secret", longest_secret).value_or(""));
    account.tokens.access_token = Secret(body.text("access_token", longest_secret).value_or(""));
    account.tokens.refresh_token = Secret(body.text("refresh_token", longest_secret).value_or(""));
    if (account.tokens.access_token.empty() && account.tokens.refresh_token.empty())
        body.wrong("", "an access_token or a refresh_token is needed");
    if (auto checked = body.check(); !checked)
        return checked.error();
    return account;
}

Response account_response(int status, const Account& account)
{
    std::string text;
    JsonWriter json(text);
    append_account(json, account);
    return Response(status, "application/json", std::move(text));
}

} // namespace

AccountsApi::AccountsApi(Accounts& accounts, Connections& connections, const Platforms& platforms)
    : accounts_(accounts), connections_(connections), platforms_(platforms)
{
}

std::vector<Route> AccountsApi::routes()
{
    return {
        {Method::get, "/v1/accounts", [this](const Request& r) { return list(r); }, Scope::read},
        {Method::post, "/v1/accounts", [this](const Request& r) { return connect(r); }, Scope::admin, Body::buffered},
        {Method::get, "/v1/accounts/{id}", [this](const Request& r) { return show(r); }, Scope::read},
        {Method::del, "/v1/accounts/{id}", [this](const Request& r) { return disconnect(r); }, Scope::admin},
    };
}

Task<Response> AccountsApi::list(const Request&)
{
    const std::vector<Account> accounts = co_await accounts_.list();
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("data").begin_array();
    for (const Account& account : accounts)
        append_account(json, account);
    json.end_array().member("next_cursor").null().end_object();
    co_return Response(200, "application/json", std::move(text));
}

Task<Response> AccountsApi::connect(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    auto account = new_account(*body, platforms_);
    if (!account)
        co_return error_response(request, account.error());
    const auto connected = co_await connections_.connect(std::move(*account));
    if (!connected)
        co_return error_response(request, connected.error());
    Response response = account_response(201, *connected);
    response.headers.add("Location", request.base_url + "/v1/accounts/" + connected->id.text());
    co_return response;
}

Task<Response> AccountsApi::show(const Request& request)
{
    const auto id = AccountId::parse(request.parameter("id"));
    std::optional<Account> account;
    if (id)
        account = co_await accounts_.find(*id);
    co_return account ? account_response(200, *account) : error_response(request, no_such_account());
}

Task<Response> AccountsApi::disconnect(const Request& request)
{
    const auto id = AccountId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_account());
    const auto disconnected = co_await connections_.disconnect(*id);
    co_return disconnected ? Response(204) : error_response(request, disconnected.error());
}

} // namespace vitrina

#include "sandbox/x.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/google_oauth.hpp"
#include "sandbox/x_media.hpp"
#include "sandbox/x_oauth.hpp"
#include "sandbox/x_posts.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr const char* api = "api.x.com";

class X final : public Network {
public:
    explicit X(World& world) : world_(world), media_(world), posts_(world, media_) {}

    std::string_view name() const override { return "x"; }
    std::vector<Operation> operations() override;
    Response refuse(std::string_view operation, const Refusal& refusal) const override;
    json::object make_account(const json::object& wanted) override;

private:
    // Whose token it is. Plays the rate limit of the script.
    Account require(const Call& call, std::initializer_list<std::string_view> scopes) const;
    Response me(Call& call) const;

    World& world_;
    XMedia media_;
    XPosts posts_;
};

std::vector<Operation> X::operations()
{
    std::vector<Operation> all = x_oauth_operations(world_);
    const std::vector<Operation> here{
        {"users.me", api, Method::get, "/2/users/me", [this](Call& c) { return me(c); }},
        {"media.initialize", api, Method::post, "/2/media/upload/initialize",
         [this](Call& c) { return media_.initialize(c, require(c, x_scopes::uploading)); }},
        {"media.append",
         api,
         Method::post,
         "/2/media/upload/{id}/append",
         {},
         [this](Call& c) { return media_.append(c, require(c, x_scopes::uploading)); }},
        {"media.finalize",
         api,
         Method::post,
         "/2/media/upload/{id}/finalize",
         {},
         [this](Call& c) { return media_.finalize(c, require(c, x_scopes::uploading)); }},
        {"media.status", api, Method::get, "/2/media/upload",
         [this](Call& c) { return media_.status(c, require(c, x_scopes::uploading)); }},
        {"tweets.create", api, Method::post, "/2/tweets",
         [this](Call& c) { return posts_.create(c, require(c, x_scopes::posting)); }},
        {"tweets.delete", api, Method::del, "/2/tweets/{id}",
         [this](Call& c) { return posts_.remove(c, require(c, x_scopes::posting)); }},
        {"users.tweets", api, Method::get, "/2/users/{id}/tweets",
         [this](Call& c) { return posts_.list(c, require(c, x_scopes::reading_posts)); }},
        {"page", "x.com", Method::get, "/{user}/status/{id}", [this](Call& c) { return posts_.page(c); }},
    };
    all.insert(all.end(), here.begin(), here.end());
    return all;
}

Response X::refuse(std::string_view operation, const Refusal& refusal) const
{
    if (refusal.reason == "edge") // says nothing
        return Response(refusal.status, "text/plain", "");
    if (operation.starts_with("oauth."))
        return oauth_refusal(refusal);
    json::object problem{{"status", refusal.status}, {"detail", refusal.words}};
    const std::string problems = "https://api.x.com/2/problems/";
    if (refusal.status == 401) {
        problem["title"] = problem["detail"] = "Unauthorized";
        problem["type"] = "about:blank";
    } else if (refusal.reason == "insufficientPermissions") {
        problem["title"] = "Client Forbidden";
        problem["type"] = problems + "client-forbidden";
    } else if (refusal.status == 403) {
        problem["title"] = "Forbidden";
        problem["type"] = refusal.reason == "forbidden" ? "about:blank" : problems + refusal.reason;
    } else if (refusal.reason == "usage-capped") {
        problem["title"] = "UsageCapExceeded";
        problem["type"] = problems + "usage-capped";
    } else if (refusal.status == 429) {
        problem["title"] = problem["detail"] = "Too Many Requests";
        problem["type"] = "about:blank";
    } else if (refusal.status >= 500) {
        problem["title"] = "Internal Server Error";
        problem["type"] = "about:blank";
    } else if (refusal.status == 404) {
        problem["title"] = "Not Found Error";
        problem["type"] = problems + "resource-not-found";
    } else {
        problem["title"] = "Invalid Request";
        problem["detail"] = "One or more parameters to your request was invalid.";
        problem["type"] = problems + "invalid-request";
        problem["errors"] = json::array{json::object{{"message", refusal.words}}};
    }
    Response response(refusal.status, "application/problem+json", json::serialize(problem));
    if (refusal.reset) {
        const auto end = std::chrono::ceil<std::chrono::seconds>(refusal.reset->time_since_epoch()).count();
        response.headers.add("x-rate-limit-remaining", "0");
        response.headers.add("x-rate-limit-reset", std::to_string(end));
    }
    return response;
}

json::object X::make_account(const json::object& wanted)
{
    check_members(wanted, "",
                  {{"network", Kind::text},
                   {"name", Kind::text, true},
                   {"confidential", Kind::boolean},
                   {"premium", Kind::boolean},
                   {"scopes", Kind::text},
                   {"limits", Kind::boolean}});
    const std::string name = text_of(wanted, "name");
    const auto known = world_.accounts.find("x", name);
    Account account{"x", name, known ? known->id : world_.names.number(19)};
    account.options = json::serialize(wanted);
    world_.accounts.add(account);
    const bool confidential = is_set(account, "confidential", true);
    const Client client{"x", world_.names.token(34), confidential ? world_.names.token(50) : "", "Vitrina"};
    world_.accounts.add(client);
    const std::string scopes =
        wanted.contains("scopes") ? text_of(wanted, "scopes") : std::string(x_scopes::everything);
    const XPair pair = fresh_x_tokens(world_, name, client.id, scopes);
    return {{"network", "x"},
            {"name", name},
            {"client_id", client.id},
            {"client_secret", client.secret},
            {"access_token", pair.access.value},
            {"refresh_token", pair.refresh.value},
            {"scopes", scopes},
            {"user_id", account.id}};
}

Account X::require(const Call& call, std::initializer_list<std::string_view> scopes) const
{
    const Token token = require_bearer(call, scopes);
    if (const auto fault = call.scripted("rate_limited"))
        throw Refusal{429, "rateLimited", "", "",
                      world_.clock.now() + std::chrono::seconds{fault->reset.value_or(900)}};
    return world_.accounts.find("x", token.account).value();
}

Response X::me(Call& call) const
{
    allow_query(call, {});
    const Account account = require(call, x_scopes::reading_people);
    return json_response(
        200, json::object{
                 {"data", {{"id", account.id}, {"name", account.name + " (sandbox)"}, {"username", account.name}}}});
}

} // namespace

std::unique_ptr<Network> make_x(World& world)
{
    return std::make_unique<X>(world);
}

} // namespace vitrina::sandbox

#include "sandbox/meta_oauth.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/consent.hpp"
#include "sandbox/meta_graph.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto short_life = 2h, long_life = 60 * 24h, no_end = 10 * 365 * 24h;

bool is_among(std::string_view scopes, std::string_view wanted)
{
    return (" " + std::string(scopes) + " ").find(" " + std::string(wanted) + " ") != std::string::npos;
}

class MetaOauth {
public:
    explicit MetaOauth(World& world) : world_(world) {}

    Response authorize(Call& call) const
    {
        allow_query(call, {"client_id", "redirect_uri", "state", "response_type", "scope"}); // and no PKCE
        if (require_query(call, "response_type") != "code")
            throw bad_parameter("response_type must be code.");
        require_query(call, "state");
        std::string scopes = require_query(call, "scope");
        std::ranges::replace(scopes, ',', ' ');
        std::istringstream wanted(scopes);
        for (std::string scope; wanted >> scope;)
            if (!is_among(meta_scopes::everything, scope))
                throw bad_parameter("Invalid Scopes: " + scope);
        return ask_for_consent(call);
    }

    Response allow(Call& call) const { return give_code(call); }

    Response token(Call& call) const
    {
        allow_query(call, {"client_id", "client_secret", "redirect_uri", "code", "grant_type", "fb_exchange_token"});
        const auto client = world_.accounts.find_client("facebook", require_query(call, "client_id"));
        if (!client || client->secret != require_query(call, "client_secret"))
            throw Refusal{400, "1", "Error validating client secret."};
        if (call.request.query_value("grant_type"))
            return longer(call, *client);
        FormFields form{{"code", require_query(call, "code")}, {"redirect_uri", require_query(call, "redirect_uri")}};
        Token code;
        try {
            code = redeem_code(world_, "facebook", *client, form);
        } catch (const Refusal& refusal) {
            throw Refusal{400, "100/36009", "This authorization code has been used: " + refusal.words};
        }
        std::ranges::replace(code.scopes, ',', ' ');
        return answer(fresh(code.account, client->id, code.scopes, short_life));
    }

    Response permissions(Call& call) const
    {
        const Token token = require_graph_token(call, TokenOf::person, {});
        json::array data;
        std::istringstream all{std::string(meta_scopes::everything)};
        for (std::string scope; all >> scope;)
            data.push_back(json::object{{"permission", scope},
                                        {"status", is_among(token.scopes, scope) ? "granted" : "declined"}});
        return json_response(200, json::object{{"data", std::move(data)}});
    }

    Response pages(Call& call) const
    {
        const Token token = require_graph_token(call, TokenOf::person, {"pages_show_list"});
        allow_query(call, {"access_token", "fields", "limit"});
        const Account account = world_.accounts.find("facebook", token.account).value();
        json::object page{{"id", account.id}, {"name", account.name + " (sandbox)"}};
        const std::string fields = call.request.query_value("fields").value_or("");
        if (fields.find("access_token") != fields.npos)
            page["access_token"] = fresh_page_token(world_, account.name, token.client, token.scopes).value;
        if (fields.find("tasks") != fields.npos)
            page["tasks"] = is_set(account, "may_publish", true) ? json::array{"CREATE_CONTENT", "MODERATE"}
                                                                 : json::array{"ANALYZE"};
        const auto linked = instagram_of(account, token);
        if (linked && fields.find("instagram_business_account") != fields.npos)
            page["instagram_business_account"] = {{"id", linked->id}, {"username", linked->name}};
        return json_response(200, json::object{{"data", {std::move(page)}}, {"paging", json::object()}});
    }

private:
    // The professional account that is linked to the page: there when somebody asks for it, unless it was said not to
    // be.
    std::optional<Account> instagram_of(const Account& page, const Token& token) const
    {
        auto linked = world_.accounts.find("instagram", page.name);
        if (!linked && is_among(token.scopes, "instagram_basic") && is_set(page, "instagram", true)) {
            linked = Account{"instagram", page.name, fresh_instagram_id(world_)};
            world_.accounts.add(*linked);
        }
        return linked;
    }

    Response longer(const Call& call, const Client& client) const
    {
        if (require_query(call, "grant_type") != "fb_exchange_token")
            throw bad_parameter("grant_type must be fb_exchange_token.");
        const auto token = world_.accounts.find_token("facebook", "access", require_query(call, "fb_exchange_token"));
        if (!token || token->client != client.id || token->expires <= world_.clock.now())
            throw Refusal{400, "190", "Error validating access token."};
        return answer(fresh(token->account, client.id, token->scopes, long_life));
    }

    Token fresh(const std::string& account, const std::string& client, const std::string& scopes,
                std::chrono::seconds life) const
    {
        Token token{"EAA" + world_.names.token(80), "access", "facebook", account, client, scopes, "person",
                    world_.clock.now() + life};
        world_.accounts.add(token);
        return token;
    }

    Response answer(const Token& token) const
    {
        const auto left = std::chrono::floor<std::chrono::seconds>(token.expires - world_.clock.now());
        return json_response(
            200, json::object{{"access_token", token.value}, {"token_type", "bearer"}, {"expires_in", left.count()}});
    }

    World& world_;
};

} // namespace

Token fresh_page_token(World& world, const std::string& account, const std::string& client, const std::string& scopes)
{
    Token token{"EAA" + world.names.token(80), "access", "facebook", account, client, scopes, "page",
                world.clock.now() + no_end};
    world.accounts.add(token);
    return token;
}

std::vector<Operation> meta_oauth_operations(World& world)
{
    const MetaOauth meta(world);
    const char* site = "www.facebook.com";
    return {
        {"oauth.authorize", site, Method::get, "/{version}/dialog/oauth",
         [meta](Call& c) { return meta.authorize(c); }},
        {"oauth.allow", site, Method::post, "/{version}/dialog/oauth", [meta](Call& c) { return meta.allow(c); }},
        {"oauth.token", graph_host, Method::get, "/{version}/oauth/access_token",
         [meta](Call& c) { return meta.token(c); }},
        {"me.permissions", graph_host, Method::get, "/{version}/me/permissions",
         [meta](Call& c) { return meta.permissions(c); }},
        {"me.accounts", graph_host, Method::get, "/{version}/me/accounts", [meta](Call& c) { return meta.pages(c); }},
    };
}

} // namespace vitrina::sandbox

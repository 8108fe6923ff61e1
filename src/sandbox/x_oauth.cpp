#include "sandbox/x_oauth.hpp"

#include "core/base64.hpp"
#include "sandbox/checks.hpp"
#include "sandbox/consent.hpp"
#include "sandbox/x.hpp"

#include <boost/json.hpp>

#include <sstream>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto access_life = 7200s;
constexpr auto refresh_life = 180 * 24h;
constexpr std::size_t longest_state = 500;

class XOauth {
public:
    explicit XOauth(World& world) : world_(world) {}

    Response authorize(Call& call) const
    {
        allow_query(call, {"response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
                           "code_challenge_method"});
        if (require_query(call, "response_type") != "code")
            throw Refusal{400, "unsupported_response_type", "response_type must be code."};
        if (require_query(call, "state").size() > longest_state)
            throw Refusal{400, "invalid_request", "state may have 500 characters."};
        require_query(call, "code_challenge");
        require_query(call, "code_challenge_method");
        const std::string known = " " + std::string(x_scopes::everything) + " ";
        std::istringstream wanted(require_query(call, "scope"));
        for (std::string scope; wanted >> scope;)
            if (known.find(" " + scope + " ") == known.npos)
                throw Refusal{400, "invalid_scope", "The scope is unknown: " + scope};
        return ask_for_consent(call);
    }

    Response allow(Call& call) const { return give_code(call); }

    Response token(Call& call) const
    {
        const FormFields form =
            require_form(call, {"grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "client_id"});
        const Client client = require_client(call, form);
        const std::string grant = field(form, "grant_type");
        if (grant == "authorization_code") {
            const Token code = redeem_code(world_, "x", client, form);
            return answer(fresh_x_tokens(world_, code.account, client.id, code.scopes));
        }
        if (grant == "refresh_token")
            return refresh(call, client, field(form, "refresh_token"));
        throw Refusal{400, "unsupported_grant_type", "The grant type is not supported."};
    }

    Response revoke(Call& call) const
    {
        const FormFields form = require_form(call, {"token", "token_type_hint", "client_id"});
        const Client client = require_client(call, form);
        for (const std::string_view kind : {"access", "refresh"})
            if (const auto token = world_.accounts.find_token("x", kind, field(form, "token"));
                token && token->client == client.id)
                world_.accounts.remove_token(token->value);
        return json_response(200, json::object{{"revoked", true}});
    }

private:
    // A confidential program proves itself in the header; a public one only names itself.
    Client require_client(const Call& call, const FormFields& form) const
    {
        const std::string_view header = call.request.headers.get("Authorization");
        const Refusal refused{401, "unauthorized_client", "Missing valid authorization header"};
        if (header.empty()) {
            const auto client = world_.accounts.find_client("x", field(form, "client_id"));
            if (!client || !client->secret.empty())
                throw refused;
            return *client;
        }
        const auto pair = header.starts_with("Basic ") ? from_base64(header.substr(6)) : std::nullopt;
        if (!pair)
            throw refused;
        const std::size_t colon = pair->find(':');
        const auto client = world_.accounts.find_client("x", pair->substr(0, colon));
        if (colon == pair->npos || !client || client->secret.empty() || client->secret != pair->substr(colon + 1))
            throw refused;
        return *client;
    }

    Response refresh(const Call& call, const Client& client, const std::string& value) const
    {
        const auto token = world_.accounts.find_token("x", "refresh", value);
        const bool revoked = call.scripted("revoked").has_value();
        if (token && revoked)
            world_.accounts.remove_tokens("x", token->account, "refresh");
        if (!token || token->client != client.id || token->expires <= world_.clock.now() || revoked)
            throw Refusal{400, "invalid_request", "Value passed for the token was invalid."};
        return answer(fresh_x_tokens(world_, token->account, client.id, token->scopes));
    }

    static Response answer(const XPair& pair)
    {
        json::object answer{{"token_type", "bearer"},
                            {"expires_in", access_life.count()},
                            {"access_token", pair.access.value},
                            {"scope", pair.access.scopes}};
        if (!pair.refresh.value.empty())
            answer["refresh_token"] = pair.refresh.value;
        return json_response(200, answer);
    }

    World& world_;
};

} // namespace

XPair fresh_x_tokens(World& world, const std::string& account, const std::string& client, const std::string& scopes)
{
    world.accounts.remove_tokens("x", account, "refresh");
    const Instant now = world.clock.now();
    XPair pair{{world.names.token(91), "access", "x", account, client, scopes, "", now + access_life},
               {"", "refresh", "x", account, client, scopes, "", now + refresh_life}};
    world.accounts.add(pair.access);
    if (grants(pair.access, {"offline.access"})) {
        pair.refresh.value = world.names.token(91);
        world.accounts.add(pair.refresh);
    }
    return pair;
}

std::vector<Operation> x_oauth_operations(World& world)
{
    const XOauth x(world);
    return {
        {"oauth.authorize", "x.com", Method::get, "/i/oauth2/authorize", [x](Call& c) { return x.authorize(c); }},
        {"oauth.allow", "x.com", Method::post, "/i/oauth2/authorize", [x](Call& c) { return x.allow(c); }},
        {"oauth.token", "api.x.com", Method::post, "/2/oauth2/token", [x](Call& c) { return x.token(c); }},
        {"oauth.revoke", "api.x.com", Method::post, "/2/oauth2/revoke", [x](Call& c) { return x.revoke(c); }},
    };
}

} // namespace vitrina::sandbox

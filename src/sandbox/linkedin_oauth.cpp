#include "sandbox/linkedin_oauth.hpp"

#include "sandbox/checks.hpp"
#include "sandbox/consent.hpp"
#include "sandbox/linkedin.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <sstream>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto access_life = 5'184'000s, refresh_life = 31'536'000s;

class LinkedinOauth {
public:
    explicit LinkedinOauth(World& world) : world_(world) {}

    Response authorize(Call& call) const
    {
        allow_query(call, {"response_type", "client_id", "redirect_uri", "state", "scope"}); // and no PKCE
        if (require_query(call, "response_type") != "code")
            throw Refusal{400, "unsupported_response_type", "response_type must be code."};
        require_query(call, "state");
        const std::string known = " " + std::string(linkedin_scopes::with_organisation) + " ";
        std::istringstream wanted(require_query(call, "scope"));
        for (std::string scope; wanted >> scope;)
            if (known.find(" " + scope + " ") == known.npos)
                throw Refusal{400, "unauthorized_scope_error",
                              "Scope \"" + scope + "\" is not authorized for your application"};
        return ask_for_consent(call);
    }

    Response allow(Call& call) const { return give_code(call); }

    Response token(Call& call) const
    {
        const FormFields form =
            require_form(call, {"grant_type", "code", "client_id", "client_secret", "redirect_uri", "refresh_token"});
        const auto client = world_.accounts.find_client("linkedin", field(form, "client_id"));
        if (!client || client->secret != field(form, "client_secret"))
            throw Refusal{401, "invalid_client", "Client authentication failed"};
        const std::string grant = field(form, "grant_type");
        if (grant == "authorization_code") {
            const Token code = redeem_code(world_, "linkedin", *client, form);
            return answer(fresh_linkedin_tokens(world_, account_of(code), client->id, code.scopes));
        }
        if (grant != "refresh_token")
            throw Refusal{400, "invalid_request", "The grant type is not supported."};
        return refresh(call, *client, field(form, "refresh_token"));
    }

private:
    Account account_of(const Token& token) const { return world_.accounts.find("linkedin", token.account).value(); }

    // The refresh token stays the same, and its end where it was.
    Response refresh(const Call& call, const Client& client, const std::string& value) const
    {
        const auto token = world_.accounts.find_token("linkedin", "refresh", value);
        const bool revoked = call.scripted("revoked").has_value();
        if (token && revoked)
            world_.accounts.remove_tokens("linkedin", token->account, "refresh");
        if (!token || token->client != client.id || token->expires <= world_.clock.now() || revoked)
            throw Refusal{400, "invalid_grant", "The provided refresh token is invalid, expired or revoked"};
        LinkedinPair pair{{world_.names.token(80), "access", "linkedin", token->account, client.id, token->scopes, "",
                           world_.clock.now() + access_life},
                          *token};
        world_.accounts.add(pair.access);
        return answer(pair);
    }

    Response answer(const LinkedinPair& pair) const
    {
        std::string scopes = pair.access.scopes;
        std::ranges::replace(scopes, ' ', ',');
        json::object answer{{"access_token", pair.access.value},
                            {"expires_in", access_life.count()},
                            {"scope", scopes},
                            {"token_type", "Bearer"}};
        if (!pair.refresh.value.empty()) {
            answer["refresh_token"] = pair.refresh.value;
            answer["refresh_token_expires_in"] =
                std::chrono::floor<std::chrono::seconds>(pair.refresh.expires - world_.clock.now()).count();
        }
        return json_response(200, answer);
    }

    World& world_;
};

} // namespace

LinkedinPair fresh_linkedin_tokens(World& world, const Account& account, const std::string& client,
                                   const std::string& scopes)
{
    const Instant now = world.clock.now();
    LinkedinPair pair{
        {world.names.token(80), "access", "linkedin", account.name, client, scopes, "", now + access_life},
        {"", "refresh", "linkedin", account.name, client, scopes, "", now + refresh_life}};
    world.accounts.add(pair.access);
    if (is_set(account, "approved", true)) {
        pair.refresh.value = world.names.token(80);
        world.accounts.add(pair.refresh);
    }
    return pair;
}

std::vector<Operation> linkedin_oauth_operations(World& world)
{
    const LinkedinOauth linkedin(world);
    const char* site = "www.linkedin.com";
    return {
        {"oauth.authorize", site, Method::get, "/oauth/v2/authorization",
         [linkedin](Call& c) { return linkedin.authorize(c); }},
        {"oauth.allow", site, Method::post, "/oauth/v2/authorization",
         [linkedin](Call& c) { return linkedin.allow(c); }},
        {"oauth.token", site, Method::post, "/oauth/v2/accessToken", [linkedin](Call& c) { return linkedin.token(c); }},
    };
}

} // namespace vitrina::sandbox

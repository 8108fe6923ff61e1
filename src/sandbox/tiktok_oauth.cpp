#include "sandbox/tiktok_oauth.hpp"

#include "core/digest.hpp"
#include "sandbox/checks.hpp"
#include "sandbox/consent.hpp"
#include "sandbox/tiktok.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto access_life = 86'400s;
constexpr auto refresh_life = 31'536'000s;

// In hex, unlike RFC 7636.
bool answers_in_hex(std::string_view verifier, std::string_view challenge)
{
    return sha256_hex(verifier) == challenge;
}

const ConsentDialect dialect{"client_key", answers_in_hex};

std::string with_spaces(std::string scopes)
{
    std::replace(scopes.begin(), scopes.end(), ',', ' ');
    return scopes;
}

std::string with_commas(std::string scopes)
{
    std::replace(scopes.begin(), scopes.end(), ' ', ',');
    return scopes;
}

std::vector<std::string> split(const std::string& scopes)
{
    std::vector<std::string> list;
    std::string_view rest = scopes;
    while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
        list.emplace_back(one);
    }
    return list;
}

// People can untick what was asked for: what the test account's settings leave of it.
std::string granted(const Account& account, const std::string& wanted)
{
    const json::object options = json::parse(account.options).as_object();
    if (!options.contains("scopes"))
        return wanted;
    const std::vector<std::string> allowed = split(with_spaces(text_of(options, "scopes")));
    std::string scopes;
    for (const std::string& scope : split(wanted))
        if (std::find(allowed.begin(), allowed.end(), scope) != allowed.end())
            scopes += (scopes.empty() ? "" : " ") + scope;
    return scopes;
}

class TiktokOauth {
public:
    explicit TiktokOauth(World& world) : world_(world) {}

    Response authorize(Call& call) const
    {
        allow_query(call, {"client_key", "scope", "response_type", "redirect_uri", "state", "disable_auto_auth",
                           "code_challenge", "code_challenge_method"});
        if (require_query(call, "response_type") != "code")
            throw Refusal{400, "unsupported_response_type", "response_type must be code."};
        require_query(call, "state");
        for (const std::string& scope : split(with_spaces(require_query(call, "scope"))))
            if (tiktok_scopes::everything.find(scope) == std::string_view::npos)
                throw Refusal{400, "invalid_scope", "The scope is unknown: " + scope};
        const bool desktop = is_loopback(require_query(call, "redirect_uri"));
        if (desktop != call.request.query_value("code_challenge").has_value())
            throw Refusal{400, "invalid_request", "Desktop apps send a code_challenge, web apps none."};
        return ask_for_consent(call, dialect);
    }

    Response allow(Call& call) const { return give_code(call, dialect); }

    Response token(Call& call) const
    {
        const FormFields form = require_form(call, {"client_key", "client_secret", "code", "grant_type", "redirect_uri",
                                                    "code_verifier", "refresh_token"});
        const auto client = world_.accounts.find_client("tiktok", field(form, "client_key"));
        if (!client || field(form, "client_secret") != client->secret)
            throw Refusal{401, "invalid_client", "Client key or secret is incorrect."};
        const std::string grant = field(form, "grant_type");
        if (grant == "authorization_code")
            return exchange(*client, form);
        if (grant == "refresh_token")
            return refresh(call, *client, field(form, "refresh_token"));
        throw Refusal{400, "unsupported_grant_type", "Grant type is not supported."};
    }

    Response revoke(Call& call) const
    {
        const FormFields form = require_form(call, {"client_key", "client_secret", "token"});
        const auto token = world_.accounts.find_token("tiktok", "access", field(form, "token"));
        if (!token || token->client != field(form, "client_key"))
            throw Refusal{400, "invalid_request", "The token is unknown."};
        for (const std::string_view kind : {"access", "refresh"})
            world_.accounts.remove_tokens("tiktok", token->account, kind);
        return json_response(200, json::object());
    }

private:
    Response exchange(const Client& client, const FormFields& form) const
    {
        const Token code = redeem_code(world_, "tiktok", client, form, dialect);
        const Account account = world_.accounts.find("tiktok", code.account).value();
        return answer(fresh_tiktok_tokens(world_, account.name, client.id, granted(account, with_spaces(code.scopes))));
    }

    Response refresh(const Call& call, const Client& client, const std::string& value) const
    {
        const auto token = world_.accounts.find_token("tiktok", "refresh", value);
        const bool revoked = call.scripted("revoked").has_value();
        if (token && revoked)
            world_.accounts.remove_tokens("tiktok", token->account, "refresh");
        if (!token || token->client != client.id || token->expires <= world_.clock.now() || revoked)
            throw Refusal{400, "invalid_grant", "Refresh token is invalid or expired."};
        return answer(fresh_tiktok_tokens(world_, token->account, client.id, token->scopes));
    }

    Response answer(const TiktokPair& pair) const
    {
        return json_response(200, json::object{{"access_token", pair.access.value},
                                               {"expires_in", access_life.count()},
                                               {"open_id", world_.accounts.find("tiktok", pair.access.account)->id},
                                               {"refresh_token", pair.refresh.value},
                                               {"refresh_expires_in", refresh_life.count()},
                                               {"scope", with_commas(pair.access.scopes)},
                                               {"token_type", "Bearer"}});
    }

    World& world_;
};

} // namespace

TiktokPair fresh_tiktok_tokens(World& world, const std::string& account, const std::string& client,
                               const std::string& scopes)
{
    world.accounts.remove_tokens("tiktok", account, "refresh");
    const Instant now = world.clock.now();
    TiktokPair pair{
        {"act." + world.names.token(60), "access", "tiktok", account, client, scopes, "", now + access_life},
        {"rft." + world.names.token(60), "refresh", "tiktok", account, client, scopes, "", now + refresh_life}};
    world.accounts.add(pair.access);
    world.accounts.add(pair.refresh);
    return pair;
}

std::vector<Operation> tiktok_oauth_operations(World& world)
{
    const TiktokOauth tiktok(world);
    const char* api = "open.tiktokapis.com";
    return {
        {"oauth.authorize", "www.tiktok.com", Method::get, "/v2/auth/authorize/",
         [tiktok](Call& c) { return tiktok.authorize(c); }},
        {"oauth.allow", "www.tiktok.com", Method::post, "/v2/auth/authorize/",
         [tiktok](Call& c) { return tiktok.allow(c); }},
        {"oauth.token", api, Method::post, "/v2/oauth/token/", [tiktok](Call& c) { return tiktok.token(c); }},
        {"oauth.revoke", api, Method::post, "/v2/oauth/revoke/", [tiktok](Call& c) { return tiktok.revoke(c); }},
    };
}

Response tiktok_oauth_refusal(const Refusal& refusal)
{
    const bool known = refusal.status < 500 && refusal.reason != "badContent";
    return json_response(refusal.status, json::object{{"error", known ? refusal.reason : "invalid_request"},
                                                      {"error_description", refusal.words},
                                                      {"log_id", "sandbox"}});
}

} // namespace vitrina::sandbox

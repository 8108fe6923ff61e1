#include "sandbox/google_oauth.hpp"

#include "core/base64url.hpp"
#include "core/digest.hpp"
#include "sandbox/checks.hpp"
#include "sandbox/consent.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::string_view youtube = "youtube";

class GoogleOauth {
public:
    explicit GoogleOauth(World& world) : world_(world) {}

    Response authorize(Call& call) const
    {
        allow_query(call, {"client_id", "redirect_uri", "response_type", "scope", "state", "access_type", "prompt",
                           "include_granted_scopes", "code_challenge", "code_challenge_method", "login_hint"});
        if (require_query(call, "response_type") != "code")
            throw Refusal{400, "unsupported_response_type", "response_type must be code."};
        return ask_for_consent(call);
    }

    Response allow(Call& call) const { return give_code(call); }

    Response token(Call& call) const
    {
        const FormFields form = require_form(call, {"grant_type", "refresh_token", "client_id", "client_secret", "code",
                                                    "redirect_uri", "code_verifier", "scope"});
        const auto client = world_.accounts.find_client(youtube, field(form, "client_id"));
        if (!client)
            throw Refusal{401, "invalid_client", "The OAuth client was not found."};
        if (field(form, "client_secret") != client->secret)
            throw Refusal{401, "invalid_client", "Unauthorized"};
        const std::string grant = field(form, "grant_type");
        if (grant == "refresh_token")
            return refresh(call, *client, field(form, "refresh_token"));
        if (grant == "authorization_code")
            return exchange(*client, form);
        throw Refusal{400, "unsupported_grant_type", "Invalid grant_type: " + grant};
    }

    Response revoke(Call& call) const
    {
        allow_query(call, {"token"});
        std::string value = call.request.query_value("token").value_or("");
        if (value.empty())
            value = field(require_form(call, {"token"}), "token");
        for (const std::string_view kind : {"access", "refresh"})
            if (const auto token = world_.accounts.find_token(youtube, kind, value)) {
                for (const std::string_view dying : {"access", "refresh"})
                    world_.accounts.remove_tokens(youtube, token->account, dying);
                return json_response(200, json::object());
            }
        throw Refusal{400, "invalid_token", "Token expired or revoked"};
    }

private:
    // Google keeps the refresh token as it is: the answer has none.
    Response refresh(const Call& call, const Client& client, const std::string& value) const
    {
        const auto token = world_.accounts.find_token(youtube, "refresh", value);
        if (!token || token->client != client.id || call.scripted("revoked")) {
            if (token)
                world_.accounts.remove_tokens(youtube, token->account, "refresh");
            throw Refusal{400, "invalid_grant", "Token has been expired or revoked."};
        }
        return json_response(200, fresh_access(*token));
    }

    Response exchange(const Client& client, const FormFields& form) const
    {
        Token code = redeem_code(world_, youtube, client, form);
        code.kind = "refresh";
        code.value = "1//" + world_.names.token(43);
        code.details = "";
        code.expires = Instant::max();
        world_.accounts.add(code);
        json::object answer = fresh_access(code);
        answer["refresh_token"] = code.value;
        return json_response(200, answer);
    }

    json::object fresh_access(Token token) const
    {
        token.kind = "access";
        token.value = "ya29." + world_.names.token(80);
        token.expires = world_.clock.now() + 3599s;
        world_.accounts.add(token);
        return {{"access_token", token.value}, {"expires_in", 3599}, {"scope", token.scopes}, {"token_type", "Bearer"}};
    }

    World& world_;
};

} // namespace

std::vector<Operation> google_oauth_operations(World& world)
{
    const GoogleOauth google(world);
    return {
        {"oauth.authorize", "accounts.google.com", Method::get, "/o/oauth2/v2/auth",
         [google](Call& c) { return google.authorize(c); }},
        {"oauth.allow", "accounts.google.com", Method::post, "/o/oauth2/v2/auth",
         [google](Call& c) { return google.allow(c); }},
        {"oauth.token", "oauth2.googleapis.com", Method::post, "/token", [google](Call& c) { return google.token(c); }},
        {"oauth.revoke", "oauth2.googleapis.com", Method::post, "/revoke",
         [google](Call& c) { return google.revoke(c); }},
    };
}

Response oauth_refusal(const Refusal& refusal)
{
    return json_response(refusal.status, json::object{{"error", refusal.reason}, {"error_description", refusal.words}});
}

bool answers_challenge(std::string_view verifier, std::string_view challenge)
{
    const Sha256 digest = sha256(verifier);
    return to_base64url({reinterpret_cast<const char*>(digest.data()), digest.size()}) == challenge;
}

} // namespace vitrina::sandbox

#include "sandbox/vimeo_oauth.hpp"

#include "core/base64.hpp"
#include "sandbox/checks.hpp"
#include "sandbox/consent.hpp"
#include "sandbox/vimeo.hpp"

#include <boost/json.hpp>

#include <sstream>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

class VimeoOauth {
public:
    explicit VimeoOauth(World& world) : world_(world) {}

    Response authorize(Call& call) const
    {
        allow_query(call, {"response_type", "client_id", "redirect_uri", "scope", "state"});
        if (require_query(call, "response_type") != "code")
            throw Refusal{400, "unsupported_response_type", "response_type must be code."};
        require_query(call, "state");
        const std::string known = " " + std::string(vimeo_scopes::everything) + " ";
        std::istringstream wanted(require_query(call, "scope"));
        for (std::string scope; wanted >> scope;)
            if (known.find(" " + scope + " ") == known.npos)
                throw Refusal{400, "invalid_scope", "The scope is unknown: " + scope};
        return ask_for_consent(call);
    }

    Response allow(Call& call) const { return give_code(call); }

    Response token(Call& call) const
    {
        require_vimeo_version(call);
        const FormFields form = require_form(call, {"grant_type", "code", "redirect_uri"});
        const Client client = require_client(call);
        if (field(form, "grant_type") != "authorization_code")
            throw Refusal{400, "unsupported_grant_type", "The grant type is not supported."};
        const Token code = redeem_code(world_, "vimeo", client, form);
        const Token access = fresh_vimeo_token(world_, code.account, client.id, code.scopes);
        const Account account = world_.accounts.find("vimeo", code.account).value();
        return json_response(200, json::object{{"access_token", access.value},
                                               {"token_type", "bearer"},
                                               {"scope", access.scopes},
                                               {"user", {{"uri", "/users/" + account.id}, {"name", account.name}}}});
    }

    Response revoke(Call& call) const
    {
        const Token token = require_bearer(call, {"public", "private", "upload", "edit", "delete"});
        world_.accounts.remove_token(token.value);
        return Response(204);
    }

private:
    Client require_client(const Call& call) const
    {
        const std::string_view header = call.request.headers.get("Authorization");
        const Refusal refused{401, "invalid_client", "A valid client_id and client_secret must be provided."};
        const auto pair = header.starts_with("Basic ") ? from_base64(header.substr(6)) : std::nullopt;
        if (!pair)
            throw refused;
        const std::size_t colon = pair->find(':');
        const auto client = world_.accounts.find_client("vimeo", pair->substr(0, colon));
        if (colon == pair->npos || !client || client->secret != pair->substr(colon + 1))
            throw refused;
        return *client;
    }

    World& world_;
};

} // namespace

Token fresh_vimeo_token(World& world, const std::string& account, const std::string& client, const std::string& scopes)
{
    Token access{world.names.token(32), "access", "vimeo", account, client, scopes, "", Instant::max()};
    world.accounts.add(access);
    return access;
}

std::vector<Operation> vimeo_oauth_operations(World& world)
{
    const VimeoOauth vimeo(world);
    const char* api = "api.vimeo.com";
    return {
        {"oauth.authorize", api, Method::get, "/oauth/authorize", [vimeo](Call& c) { return vimeo.authorize(c); }},
        {"oauth.allow", api, Method::post, "/oauth/authorize", [vimeo](Call& c) { return vimeo.allow(c); }},
        {"oauth.token", api, Method::post, "/oauth/access_token", [vimeo](Call& c) { return vimeo.token(c); }},
        {"oauth.revoke", api, Method::del, "/tokens", [vimeo](Call& c) { return vimeo.revoke(c); }},
    };
}

} // namespace vitrina::sandbox

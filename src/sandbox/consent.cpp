#include "sandbox/consent.hpp"

#include "sandbox/checks.hpp"

#include <boost/json.hpp>

#include <sstream>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view out_of_band = "urn:ietf:wg:oauth:2.0:oob";
constexpr std::string_view carried[] = {"redirect_uri", "scope", "state", "code_challenge"};

// A browser must never be sent to an address that the program did not register.
Client require_client(const Call& call, const std::string& id, const std::string& redirect_uri)
{
    const auto client = call.world.accounts.find_client(call.network, id);
    if (!client)
        throw Refusal{401, "invalid_client", "The OAuth client was not found."};
    std::istringstream registered(client->redirect_uris);
    for (std::string uri; registered >> uri;)
        if (uri == redirect_uri)
            return *client;
    if (!is_loopback(redirect_uri))
        throw Refusal{400, "redirect_uri_mismatch", "The redirect URI is not one of those registered."};
    return *client;
}

std::string page(std::string_view title, std::string_view body)
{
    return "<!doctype html><meta charset=utf-8><title>" + std::string(title) + "</title>" +
           "<p><strong>Vitrina sandbox.</strong> This is not the real network; nothing leaves this machine.</p>" +
           std::string(body);
}

Response show(std::string_view title, std::string_view body)
{
    return Response(200, "text/html; charset=utf-8", page(title, body));
}

} // namespace

bool is_loopback(std::string_view uri)
{
    return uri.starts_with("http://127.0.0.1:") || uri.starts_with("http://localhost:") ||
           uri.starts_with("http://[::1]:");
}

std::string html_escape(std::string_view text)
{
    std::string escaped;
    for (const char c : text)
        switch (c) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        case '\'': escaped += "&#39;"; break;
        default: escaped += c;
        }
    return escaped;
}

Response ask_for_consent(Call& call, const ConsentDialect& dialect)
{
    const std::string client_id = require_query(call, dialect.client);
    const Client client = require_client(call, client_id, require_query(call, "redirect_uri"));
    const std::string method = call.request.query_value("code_challenge_method").value_or("S256");
    if (method != "S256")
        throw Refusal{400, "invalid_request", "Only the code challenge method S256 is taken."};
    std::string form = "<p>" + html_escape(client.name) + " asks for: " + html_escape(require_query(call, "scope")) +
                       "</p><form method=post><select name=account>";
    for (const Account& account : call.world.accounts.list())
        if (account.network == call.network)
            form += "<option>" + html_escape(account.name) + "</option>";
    form += "</select><input type=hidden name=" + std::string(dialect.client) + " value=\"" + html_escape(client_id) +
            "\">";
    for (const std::string_view name : carried)
        if (const auto value = call.request.query_value(name))
            form += "<input type=hidden name=" + std::string(name) + " value=\"" + html_escape(*value) + "\">";
    return show("Allow access?", form + "<button>Allow</button></form>");
}

Response give_code(Call& call, const ConsentDialect& dialect)
{
    const FormFields form =
        require_form(call, {"account", dialect.client, "redirect_uri", "scope", "state", "code_challenge"});
    const std::string redirect_uri = field(form, "redirect_uri");
    const Client client = require_client(call, field(form, dialect.client), redirect_uri);
    const auto account = call.world.accounts.find(call.network, field(form, "account"));
    if (!account)
        throw Refusal{400, "invalid_request", "There is no such test account; POST /accounts makes one."};
    Token code{call.world.names.token(40), "code", std::string(call.network), account->name, client.id,
               field(form, "scope")};
    code.details =
        json::serialize(json::object{{"redirect_uri", redirect_uri}, {"challenge", field(form, "code_challenge")}});
    code.expires = call.world.clock.now() + std::chrono::minutes{10};
    call.world.accounts.add(code);
    if (redirect_uri == out_of_band)
        return show("The code", "<p>Copy this code: <code>" + html_escape(code.value) + "</code></p>");
    Response response(302);
    response.headers.add("Location", redirect_uri + (redirect_uri.find('?') == redirect_uri.npos ? "?" : "&") +
                                         "code=" + form_encode(code.value) +
                                         "&state=" + form_encode(field(form, "state")));
    return response;
}

Token redeem_code(World& world, std::string_view network, const Client& client, const FormFields& form,
                  const ConsentDialect& dialect)
{
    const auto code = world.accounts.find_token(network, "code", field(form, "code"));
    if (!code || code->client != client.id || code->expires <= world.clock.now())
        throw Refusal{400, "invalid_grant", "The code is unknown, used or too old."};
    world.accounts.remove_token(code->value);
    const json::object details = json::parse(code->details).as_object();
    const std::string challenge = text_of(details, "challenge");
    if (text_of(details, "redirect_uri") != field(form, "redirect_uri"))
        throw Refusal{400, "invalid_grant", "The redirect_uri is not the one the code was given for."};
    if (!challenge.empty() && !dialect.answers(field(form, "code_verifier"), challenge))
        throw Refusal{400, "invalid_grant", "The code_verifier does not answer the code_challenge."};
    return *code;
}

} // namespace vitrina::sandbox

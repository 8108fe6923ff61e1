#include "sandbox/consent.hpp"

#include "sandbox/checks.hpp"

#include <boost/json.hpp>

#include <algorithm>
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

constexpr std::string_view style = "<style>body{font:17px/1.55 system-ui,sans-serif;max-width:36rem;margin:8vh auto;"
                                   "padding:0 1rem}label{display:block;padding:.2rem 0}button{font:inherit;"
                                   "padding:.4rem 1rem}:root{color-scheme:light dark}</style>";

std::string page(std::string_view title, std::string_view body)
{
    return "<!doctype html><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>" +
           std::string(title) + "</title>" + std::string(style) +
           "<p><strong>Vitrina sandbox.</strong> This is not the real network; nothing leaves this machine."
           " <span lang=es>Esta no es la red real; nada sale de esta máquina.</span></p>" +
           std::string(body);
}

Response show(std::string_view title, std::string_view body)
{
    Response response(200, "text/html; charset=utf-8", page(title, body));
    response.headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    response.headers.add("Cache-Control", "no-store");
    return response;
}

// What was asked for, without what the person unticked.
std::string scopes_left(const std::string& asked, const FormFields& form)
{
    std::string left;
    std::size_t begin = 0;
    while (begin < asked.size()) {
        const std::size_t end = std::min(asked.find_first_of(" ,", begin), asked.size());
        const std::string scope = asked.substr(begin, end - begin);
        const bool unticked =
            std::ranges::find(form, std::pair<std::string, std::string>("without", scope)) != form.end();
        if (!unticked && !scope.empty())
            left += (left.empty() ? "" : std::string(1, asked[begin - 1])) + scope;
        begin = end + 1;
    }
    return left;
}

Response send_back(const std::string& redirect_uri, const std::string& answer, const std::string& state)
{
    Response response(302);
    response.headers.add("Location", redirect_uri + (redirect_uri.find('?') == redirect_uri.npos ? "?" : "&") + answer +
                                         "&state=" + form_encode(state));
    return response;
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
    const std::string asked = require_query(call, "scope");
    std::string form = "<h1>" + html_escape(call.network) + "</h1><p>" + html_escape(client.name) +
                       " asks for: " + html_escape(asked) + "</p><form method=post>";
    std::string known;
    for (const Account& account : call.world.accounts.list())
        if (account.network == call.network)
            known += "<option>" + html_escape(account.name) + "</option>";
    if (!known.empty())
        form += "<label>As · Como <select name=account>" + known + "</select></label>";
    form += "<label>" +
            std::string(known.empty() ? "As a new test account · Como una cuenta de prueba nueva"
                                      : "or as a new one · o como una nueva") +
            " <input name=new_account maxlength=40 value=\"" + (known.empty() ? "me" : "") + "\"></label>";
    form += "<details><summary>Leave permissions out · Quitar permisos</summary>";
    std::istringstream scopes(scopes_left(asked, {}));
    for (std::string list; scopes >> list;) {
        std::istringstream inner(list); // some networks separate them by commas
        for (std::string scope; std::getline(inner, scope, ',');)
            form += "<label><input type=checkbox name=without value=\"" + html_escape(scope) + "\"> " +
                    html_escape(scope) + "</label>";
    }
    form += "</details><input type=hidden name=" + std::string(dialect.client) + " value=\"" + html_escape(client_id) +
            "\">";
    for (const std::string_view name : carried)
        if (const auto value = call.request.query_value(name))
            form += "<input type=hidden name=" + std::string(name) + " value=\"" + html_escape(*value) + "\">";
    return show("Allow access?", form + "<p><button name=decision value=allow>Allow · Permitir</button> "
                                        "<button name=decision value=deny>Deny · Rechazar</button></p></form>");
}

Response give_code(Call& call, const ConsentDialect& dialect)
{
    require_content_type(call, "application/x-www-form-urlencoded");
    const FormFields form = parse_form(call.body, 100).value_or(FormFields{});
    const std::string redirect_uri = field(form, "redirect_uri");
    const Client client = require_client(call, field(form, dialect.client), redirect_uri);
    if (field(form, "decision") == "deny")
        return send_back(redirect_uri, "error=access_denied&error_description=The+person+said+no",
                         field(form, "state"));
    std::string name = field(form, "account");
    if (const std::string fresh = field(form, "new_account"); !fresh.empty()) {
        name = fresh;
        if (!call.world.accounts.find(call.network, name))
            call.make_account(name);
    }
    const auto account = call.world.accounts.find(call.network, name);
    if (!account)
        throw Refusal{400, "invalid_request", "There is no such test account; POST /accounts makes one."};
    Token code{call.world.names.token(40),
               "code",
               std::string(call.network),
               account->name,
               client.id,
               scopes_left(field(form, "scope"), form)};
    code.details =
        json::serialize(json::object{{"redirect_uri", redirect_uri}, {"challenge", field(form, "code_challenge")}});
    code.expires = call.world.clock.now() + std::chrono::minutes{10};
    call.world.accounts.add(code);
    if (redirect_uri == out_of_band)
        return show("The code", "<p>Copy this code: <code>" + html_escape(code.value) + "</code></p>");
    return send_back(redirect_uri, "code=" + form_encode(code.value), field(form, "state"));
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

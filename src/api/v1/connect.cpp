#include "api/v1/connect.hpp"

#include "api/error_response.hpp"
#include "api/json_body.hpp"
#include "api/json_writer.hpp"
#include "core/digest.hpp"
#include "http/form.hpp"

namespace vitrina {
namespace {

constexpr std::size_t longest_code = 8192;

std::string callback_path(std::string_view platform)
{
    return "/v1/accounts/connect/" + std::string(platform) + "/callback";
}

// Each visit has a cookie of its own, so that two of them at once do not push each other out.
std::string cookie_name(const std::string& state)
{
    return "vitrina_visit_" + sha256_hex(state).substr(0, 16);
}

std::string cookie_value(const Request& request, const std::string& name)
{
    std::string_view rest = request.headers.get("Cookie");
    while (!rest.empty()) {
        std::string_view pair = rest.substr(0, rest.find(';'));
        rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
        while (pair.starts_with(' '))
            pair.remove_prefix(1);
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return std::string(pair.substr(name.size() + 1));
    }
    return {};
}

// Lax: it comes along when the network sends the browser back, and with nothing that another site asks for.
std::string cookie(const ConsentVisits::Begun& begun)
{
    const bool is_tls = begun.visit.redirect_uri.starts_with("https://");
    return cookie_name(begun.state) + '=' + begun.browser +
           "; Max-Age=1200; Path=" + callback_path(begun.visit.platform) + "; HttpOnly; SameSite=Lax" +
           (is_tls ? "; Secure" : "");
}

ConsentVisits::Return returned(const Request& request, std::string state)
{
    ConsentVisits::Return brought;
    brought.platform = request.parameter("platform");
    brought.state = std::move(state);
    brought.browser = cookie_value(request, cookie_name(brought.state));
    return brought;
}

void keep_to_yourself(Response& response)
{
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("Referrer-Policy", "no-referrer");
}

// `page` is "" once it was said.
Response visit_response(int status, const Visit& visit, std::string_view page = {})
{
    std::string text;
    JsonWriter json(text);
    const auto text_or_null = [&json](std::string_view name, std::string_view value) {
        json.member(name);
        value.empty() ? json.null() : json.value(value);
    };
    json.begin_object().member("id", visit.id.text()).member("platform", visit.platform);
    text_or_null("base_url", visit.base_url);
    json.member("status", stage_word(visit.stage));
    text_or_null("url", page);
    text_or_null("redirect_uri", visit.redirect_uri);
    text_or_null("reason", visit.reason);
    json.member("choices").begin_array();
    for (const Visit::Choice& choice : visit.choices)
        json.begin_object().member("remote_id", choice.remote_id).member("name", choice.name).end_object();
    json.end_array();
    text_or_null("account_id", visit.account ? visit.account->text() : "");
    json.member("expires_at", rfc3339(visit.expires_at)).end_object();
    Response response(status, "application/json", std::move(text));
    keep_to_yourself(response);
    return response;
}

Response visit_or_error(const Request& request, const Result<Visit>& visit)
{
    return visit ? visit_response(200, *visit) : error_response(request, visit.error());
}

ConsentVisits::Wanted wanted(const Request& request, std::string base_url)
{
    ConsentVisits::Wanted wanted;
    wanted.platform = request.parameter("platform");
    wanted.base_url = std::move(base_url);
    wanted.redirect_uri = request.base_url + callback_path(wanted.platform);
    return wanted;
}

Fault no_such_visit_id()
{
    return {FaultKind::missing, "VT-ACC-007", "There is no such visit to a consent page", "begin again", {}, {}};
}

} // namespace

ConnectApi::ConnectApi(ConsentVisits& visits, const Platforms& platforms, std::string home)
    : visits_(visits), page_(platforms, std::move(home))
{
}

std::vector<Route> ConnectApi::routes()
{
    const std::string base = "/v1/accounts/connect/{platform}";
    return {
        {Method::get, base, [this](const Request& r) { return begin(r); }, Scope::admin},
        {Method::post, base, [this](const Request& r) { return begin_elsewhere(r); }, Scope::admin, Body::buffered},
        // Whoever comes from the network has no token to send: the state and the cookie say who it is.
        {Method::get, base + "/callback", [this](const Request& r) { return come_back(r); }, Scope::anyone},
        {Method::post, base + "/callback", [this](const Request& r) { return choose_in_browser(r); }, Scope::anyone,
         Body::buffered},
        {Method::get, base + "/visits/{id}", [this](const Request& r) { return show(r); }, Scope::admin},
        {Method::post, base + "/visits/{id}/code", [this](const Request& r) { return take_code(r); }, Scope::admin,
         Body::buffered},
        {Method::post, base + "/visits/{id}/choice", [this](const Request& r) { return choose(r); }, Scope::admin,
         Body::buffered},
    };
}

std::vector<Route> ConnectApi::sign_in_route()
{
    return {{Method::post, "/v1/accounts/connect/{platform}/sign-in", [this](const Request& r) { return sign_in(r); },
             Scope::admin, Body::buffered}};
}

Task<Response> ConnectApi::begin(const Request& request)
{
    const auto base_url = request.query_value("base_url").value_or("");
    const auto begun = co_await visits_.begin(wanted(request, base_url));
    if (!begun)
        co_return error_response(request, begun.error());
    // Scripts of the page ask for JSON: they send a token, and then the browser to the address.
    const bool wants_json = request.headers.get("Accept").find("application/json") != std::string_view::npos;
    Response response = wants_json ? visit_response(200, begun->visit, begun->page) : Response(302);
    if (!wants_json)
        response.headers.add("Location", begun->page);
    response.headers.add("Set-Cookie", cookie(*begun));
    keep_to_yourself(response);
    co_return response;
}

Task<Response> ConnectApi::begin_elsewhere(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    const auto base_url = body->text("base_url", 300);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    ConsentVisits::Wanted what = wanted(request, base_url.value_or(""));
    what.from_this_browser = false;
    const auto begun = co_await visits_.begin(std::move(what));
    if (!begun)
        co_return error_response(request, begun.error());
    Response response = visit_response(201, begun->visit, begun->page);
    response.headers.add("Location", request.base_url + "/v1/accounts/connect/" + begun->visit.platform + "/visits/" +
                                         begun->visit.id.text());
    co_return response;
}

Task<Response> ConnectApi::come_back(const Request& request)
{
    if (request.method == Method::head)
        co_return Response(200, "text/html; charset=utf-8", ""); // somebody looks; the visit waits for the person
    ConsentVisits::Return brought = returned(request, request.query_value("state").value_or(""));
    brought.code = request.query_value("code").value_or("");
    brought.error = request.query_value("error").value_or("");
    brought.description = request.query_value("error_description").value_or("");
    const std::string state = brought.state;
    const auto visit = co_await visits_.come_back(std::move(brought));
    Response response = page_.show(request, visit, state);
    keep_to_yourself(response);
    co_return response;
}

Task<Response> ConnectApi::choose_in_browser(const Request& request)
{
    std::string state, chosen;
    for (const auto& [name, value] : parse_form(request.body, 10).value_or(FormFields{})) {
        if (name == "state")
            state = value;
        else if (name == "remote_id")
            chosen = value;
    }
    const auto visit = co_await visits_.choose_in_browser(returned(request, state), chosen);
    Response response = page_.show(request, visit, state);
    keep_to_yourself(response);
    co_return response;
}

Task<Response> ConnectApi::show(const Request& request)
{
    const auto id = VisitId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_visit_id());
    const auto visit = co_await visits_.find(std::string(request.parameter("platform")), *id);
    co_return visit_or_error(request, visit);
}

Task<Response> ConnectApi::take_code(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    body->require("code");
    const auto code = body->text("code", longest_code);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = VisitId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_visit_id());
    const auto visit = co_await visits_.take_code(std::string(request.parameter("platform")), *id, *code);
    co_return visit_or_error(request, visit);
}

Task<Response> ConnectApi::choose(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    body->require("remote_id");
    const auto remote_id = body->text("remote_id", 200);
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto id = VisitId::parse(request.parameter("id"));
    if (!id)
        co_return error_response(request, no_such_visit_id());
    const auto visit = co_await visits_.choose(std::string(request.parameter("platform")), *id, *remote_id);
    co_return visit_or_error(request, visit);
}

Task<Response> ConnectApi::sign_in(const Request& request)
{
    auto body = JsonBody::parse(request);
    if (!body)
        co_return error_response(request, body.error());
    for (const char* name : {"name", "password"})
        body->require(name);
    SignIn with;
    with.base_url = body->text("base_url", 300).value_or("");
    with.name = body->text("name", 300).value_or("");
    with.password = Secret(body->text("password", 1000).value_or(""));
    with.one_time_code = body->text("one_time_code", 20).value_or("");
    if (auto checked = body->check(); !checked)
        co_return error_response(request, checked.error());
    const auto visit = co_await visits_.sign_in(std::string(request.parameter("platform")), std::move(with));
    co_return visit_or_error(request, visit);
}

} // namespace vitrina

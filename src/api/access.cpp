#include "api/access.hpp"

#include "api/bearer.hpp"
#include "api/error_response.hpp"
#include "core/comma_list.hpp"
#include "http/grammar.hpp"

#include <algorithm>

namespace vitrina {

namespace {

Permission permission_for(Scope scope)
{
    switch (scope) {
    case Scope::write: return Permission::write;
    case Scope::publish: return Permission::publish;
    case Scope::admin: return Permission::admin;
    default: return Permission::read;
    }
}

std::string_view scope_name(Permission permission)
{
    switch (permission) {
    case Permission::write: return "write";
    case Permission::publish: return "publish";
    case Permission::admin: return "admin";
    default: return "read";
    }
}

bool only_names_loopback(std::string_view addresses)
{
    return std::ranges::all_of(comma_list(addresses), [](std::string_view address) { return is_loopback(address); });
}

// The address is a forwarded one, or a header says that somebody forwards, be it without saying for whom. What names
// this machine only is a developer's own proxy.
bool came_through_a_gateway(const Request& request)
{
    if (!is_loopback(request.remote_address) || request.headers.find("Forwarded") || request.headers.find("Via"))
        return true;
    return std::ranges::any_of(request.headers, [](const Header& field) {
        const bool names_client =
            grammar::same(field.name, "X-Forwarded-For") || grammar::same(field.name, "X-Real-IP");
        return names_client && !only_names_loopback(field.value);
    });
}

// A link or a form of another site: such a GET names no Origin, but browsers say where it comes from.
bool is_led_from_elsewhere(const Request& request)
{
    return !request.headers.find("Origin") && request.headers.get("Sec-Fetch-Site") == "cross-site";
}

Response challenge(const Request& request, const Fault& fault, const std::string& parameters)
{
    Response response = error_response(request, fault);
    response.headers.set("WWW-Authenticate", "Bearer realm=\"vitrina\"" + parameters);
    return response;
}

} // namespace

Task<std::optional<Response>> AccessControl::admit(Request& request, const Route& route)
{
    if (route.scope == Scope::anyone)
        co_return std::nullopt;
    if (rule_.access == Access::open)
        co_return refuse_stranger(request, route);
    if (route.scope == Scope::media) {
        const bool is_signed = co_await has_media_signature(request);
        if (is_signed)
            co_return std::nullopt;
    }
    if (!request.headers.find("Authorization"))
        co_return no_token(request);

    const std::optional<Token> token = co_await tokens_.find(bearer_of(request));
    if (!token) {
        ++counters_.bad_token;
        const Fault fault{FaultKind::unauthenticated, "VT-AUT-003", "The token is unknown, expired or revoked.",
                          "Make a new one with \"vitrina token create\"."};
        co_return challenge(request, fault, ", error=\"invalid_token\"");
    }
    const Permission needed = permission_for(route.scope);
    if (!token->permissions.allow(needed)) {
        ++counters_.wrong_scope;
        const std::string scope(scope_name(needed));
        const Fault fault{FaultKind::forbidden, "VT-AUT-004", "The token does not have the scope " + scope + ".",
                          "Use one that was made with --scope " + scope + "."};
        co_return challenge(request, fault, ", error=\"insufficient_scope\", scope=\"" + scope + '"');
    }
    request.caller = token->id.text();
    co_return std::nullopt;
}

// Where no token is asked for: what comes from elsewhere after all, through a gateway nobody told us of; and pages of
// other sites. Uploads and lists are for any page, as the CORS of the contract says; whose accounts are posted to is
// not.
std::optional<Response> AccessControl::refuse_stranger(const Request& request, const Route& route)
{
    if (rule_.only_loopback && came_through_a_gateway(request)) {
        ++counters_.through_gateway;
        return error_response(
            request, {FaultKind::forbidden, "VT-AUT-006",
                      "This server is open to its own machine only, and a gateway brought this request from elsewhere.",
                      "Set VITRINA_PUBLIC_URL to the gateway's address and make a token, or set VITRINA_OPEN=yes."});
    }
    if (route.scope != Scope::admin ||
        (!is_foreign_page(request.headers.get("Origin"), request.headers.get("Host"), rule_.only_loopback) &&
         !is_led_from_elsewhere(request)))
        return std::nullopt;
    ++counters_.foreign_page;
    return error_response(
        request, {FaultKind::forbidden, "VT-AUT-005", "A web page of another site may not administer this server.",
                  "Do it from this machine, with \"vitrina account\", or make the server ask for tokens."});
}

std::optional<Response> AccessControl::no_token(const Request& request)
{
    ++counters_.no_token;
    const Fault fault{FaultKind::unauthenticated, "VT-AUT-002",
                      "This needs a token: send it as \"Authorization: Bearer vt_…\".",
                      "Make one with \"vitrina token create\"."};
    return challenge(request, fault, "");
}

Task<bool> AccessControl::has_media_signature(const Request& request)
{
    const std::optional<std::string> signature = request.query_value("s");
    const std::optional<VideoId> id = VideoId::parse(request.parameter("id"));
    if (!signature || !id)
        co_return false;
    const std::shared_ptr<const MediaSigner> signer = co_await media_.signer();
    co_return signer->check(*id, *signature);
}

} // namespace vitrina

#include "api/access.hpp"

#include "api/error_response.hpp"

namespace vitrina {

namespace {

// "Bearer vt_…" → "vt_…"; the scheme's name compares without case (RFC 9110, 11.1).
std::string bearer_of(const Request& request)
{
    static constexpr std::string_view scheme = "bearer ";
    std::string_view value = request.headers.get("Authorization");
    if (value.size() < scheme.size())
        return {};
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        if ((value[i] | 0x20) != (scheme[i] | 0x20))
            return {};
    }
    value.remove_prefix(scheme.size());
    while (value.starts_with(' '))
        value.remove_prefix(1);
    return std::string(value);
}

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

Response challenge(const Request& request, const Fault& fault, const std::string& parameters)
{
    Response response = error_response(request, fault);
    response.headers.set("WWW-Authenticate", "Bearer realm=\"vitrina\"" + parameters);
    return response;
}

} // namespace

Task<std::optional<Response>> AccessControl::admit(Request& request, const Route& route)
{
    if (rule_.access == Access::open || route.scope == Scope::anyone)
        co_return std::nullopt;
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

#include "sandbox/meta_graph.hpp"

#include "sandbox/checks.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrina::sandbox {
namespace {

namespace json = boost::json;

constexpr int oldest_version = 21, newest_version = 26;

void require_version(const Call& call)
{
    const std::string_view version = call.parameter("version");
    int major = 0;
    const auto [end, error] = std::from_chars(version.data() + 1, version.data() + version.size(), major);
    const bool known = version.starts_with('v') && error == std::errc{} &&
                       std::string_view(end, std::size_t(version.data() + version.size() - end)) == ".0" &&
                       major >= oldest_version && major <= newest_version;
    if (!known)
        throw Refusal{400, "2500", "Unknown path components: /" + std::string(version)};
}

Token live_token(const Call& call, const std::string& value)
{
    Accounts& accounts = call.world.accounts;
    const auto token = accounts.find_token("facebook", "access", value);
    if (!token)
        throw Refusal{400, "190", "Invalid OAuth access token - Cannot parse access token"};
    if (call.scripted("token_expired")) {
        accounts.expire_token(token->value, call.world.clock.now());
        throw Refusal{400, "190/463", "Error validating access token: Session has expired."};
    }
    if (call.scripted("revoked")) {
        accounts.remove_tokens("facebook", token->account, "access");
        throw Refusal{400, "190/460",
                      "Error validating access token: The session has been invalidated because the user changed their "
                      "password."};
    }
    if (token->expires <= call.world.clock.now())
        throw Refusal{400, "190/463", "Error validating access token: Session has expired."};
    if (call.scripted("rate_limited"))
        throw Refusal{400, "4", "Application request limit reached"};
    return *token;
}

void require_scopes(const Token& token, std::initializer_list<std::string_view> scopes)
{
    for (const std::string_view scope : scopes)
        if (!grants(token, {scope}))
            throw Refusal{403, "200", "Requires " + std::string(scope) + " permission to manage the object."};
}

std::optional<std::uint64_t> whole_number(std::string_view text)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = !text.empty() && error == std::errc{} && end == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

} // namespace

bool is_instagram_id(std::string_view id)
{
    return id.size() == 17 && id.starts_with("17");
}

std::string fresh_instagram_id(World& world)
{
    return "17" + world.names.number(15);
}

std::string fresh_facebook_id(World& world)
{
    return world.names.number(15);
}

Token require_graph_token(const Call& call, TokenOf of, std::initializer_list<std::string_view> scopes)
{
    require_version(call);
    if (call.request.headers.find("Authorization"))
        throw Refusal{400, "104", "The sandbox wants the token as access_token here."};
    const auto value = call.request.query_value("access_token");
    if (!value)
        throw Refusal{400, "104", "An access token is required to request this resource."};
    Token token = live_token(call, *value);
    if (token.details != (of == TokenOf::page ? "page" : "person"))
        throw Refusal{400, "210",
                      of == TokenOf::page ? "A page access token is required to request this resource."
                                          : "A user access token is required to request this resource."};
    require_scopes(token, scopes);
    return token;
}

Token require_upload_token(const Call& call, std::initializer_list<std::string_view> scopes)
{
    require_version(call);
    allow_query(call, {});
    const std::string_view header = call.request.headers.get("Authorization");
    if (!header.starts_with("OAuth "))
        throw Refusal{400, "104", "The upload host wants Authorization: OAuth TOKEN."};
    Token token = live_token(call, std::string(header.substr(6)));
    require_scopes(token, scopes);
    return token;
}

Response graph_refusal(const Refusal& refusal)
{
    const std::size_t slash = refusal.reason.find('/');
    const auto code = whole_number(refusal.reason.substr(0, slash));
    // What the sandbox's common checks refuse has words instead of a number.
    json::object error{{"message", "(#" + std::to_string(code.value_or(100)) + ") " + refusal.words},
                       {"type", "OAuthException"},
                       {"code", code.value_or(refusal.status >= 500   ? 2
                                              : refusal.status == 429 ? 4
                                                                      : 100)},
                       {"fbtrace_id", "AsandboxTrace"}};
    if (slash != std::string::npos)
        error["error_subcode"] = whole_number(refusal.reason.substr(slash + 1)).value_or(0);
    if (refusal.reason == "1363037") // the offset was wrong: where it stands
        error["error_data"] = json::parse(refusal.where);
    return json_response(refusal.status == 401 || refusal.status == 429 ? 400 : refusal.status,
                         json::object{{"error", std::move(error)}});
}

Response rupload_refusal(const Refusal& refusal)
{
    if (whole_number(refusal.reason.substr(0, refusal.reason.find('/'))))
        return graph_refusal(refusal);
    return json_response(
        refusal.status,
        json::object{{"debug_info",
                      {{"retriable", refusal.status >= 500}, {"type", refusal.reason}, {"message", refusal.words}}}});
}

Refusal no_such_node(std::string_view id)
{
    return {400, "100/33",
            "Unsupported request. Object with ID '" + std::string(id) +
                "' does not exist, cannot be loaded due to missing permissions, or does not support this operation."};
}

Refusal bad_parameter(std::string words)
{
    return {400, "100", std::move(words)};
}

Response success()
{
    return json_response(200, json::object{{"success", true}});
}

RuploadPart require_part(const Call& call)
{
    const auto offset = whole_number(call.request.headers.get("offset"));
    const auto size = whole_number(call.request.headers.get("file_size"));
    if (!offset || !size)
        throw Refusal{400, "HeaderError", "Header Offset not convertable to unsigned long"};
    const auto announced = call.stream ? call.stream->announced_size() : std::nullopt;
    if (*offset > *size || announced != *size - *offset)
        throw Refusal{400, "PartialRequestError", "The bytes from offset to file_size have to come, and no others."};
    return {*offset, *size};
}

json::object picked(const Call& call, const json::object& node)
{
    std::string fields = call.request.query_value("fields").value_or("id");
    json::object answer;
    for (std::size_t at = 0; at <= fields.size();) {
        const std::size_t end = std::min(fields.find(',', at), fields.size());
        const std::string name = fields.substr(at, end - at);
        const json::value* value = node.if_contains(name);
        if (!value)
            throw bad_parameter("Tried accessing nonexisting field (" + name + ")");
        if (!value->is_null()) // what has no value is left out
            answer[name] = *value;
        at = end + 1;
    }
    answer["id"] = node.at("id");
    return answer;
}

} // namespace vitrina::sandbox

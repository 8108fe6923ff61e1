#include "sandbox/network.hpp"

#include "sandbox/request_log.hpp"

#include <boost/json.hpp>

namespace vitrina::sandbox {

std::string_view Call::parameter(std::string_view name) const
{
    for (const auto& [key, value] : parameters)
        if (key == name)
            return value;
    throw std::logic_error("the pattern of " + operation + " has no {" + std::string(name) + "}");
}

Occasion Call::occasion() const
{
    if (method_and_path_.empty())
        method_and_path_ = std::string(name_of(request.method)) + " " + request.path;
    return {network, operation, event, method_and_path_};
}

Token require_bearer(const Call& call, std::initializer_list<std::string_view> scopes)
{
    const std::string_view header = call.request.headers.get("Authorization");
    if (header.empty())
        throw Refusal{401, "required", "Login Required.", "Authorization"};
    const Refusal invalid{401, "authError", "Invalid Credentials", "Authorization"};
    if (!header.starts_with("Bearer "))
        throw invalid;
    Accounts& accounts = call.world.accounts;
    const auto token = accounts.find_token(call.network, "access", header.substr(7));
    if (!token)
        throw invalid;
    if (call.scripted("token_expired")) {
        accounts.expire_token(token->value, call.world.clock.now());
        throw invalid;
    }
    if (call.scripted("revoked")) {
        for (const std::string_view kind : {"access", "refresh"})
            accounts.remove_tokens(call.network, token->account, kind);
        throw invalid;
    }
    if (token->expires <= call.world.clock.now())
        throw invalid;
    if (!grants(*token, scopes))
        throw Refusal{403, "insufficientPermissions", "Request had insufficient authentication scopes.", "Authorization"};
    return *token;
}

Post accept(Call& call, Post post)
{
    World& world = call.world;
    call.event = "accepted";
    post.accepted = world.clock.now();
    post.ready = post.accepted + world.processing;
    post.listed = post.accepted;
    if (const auto fault = call.scripted("processing"))
        post.ready = post.accepted + std::chrono::seconds{fault->number};
    if (const auto fault = call.scripted("processing_fails"))
        post.failure = fault->words;
    if (const auto fault = call.scripted("listing_lag"))
        post.listed = post.accepted + std::chrono::seconds{fault->number};
    world.ledger.add(post);
    return post;
}

Response json_response(int status, const boost::json::value& body)
{
    return Response(status, "application/json; charset=UTF-8", boost::json::serialize(body));
}

} // namespace vitrina::sandbox

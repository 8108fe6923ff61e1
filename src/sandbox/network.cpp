#include "sandbox/network.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace vitrina::sandbox {

std::string_view Call::parameter(std::string_view name) const
{
    for (const auto& [key, value] : parameters)
        if (key == name)
            return value;
    throw std::logic_error("the pattern of " + operation + " has no {" + std::string(name) + "}");
}

Task<> read_body(Call& call, std::size_t most)
{
    while (call.stream) {
        const auto bytes = co_await call.stream->read();
        if (bytes.empty())
            break;
        call.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        if (call.body.size() > most)
            throw Refusal{413, "uploadTooLarge", "The request is too large."};
    }
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
        throw Refusal{403, "insufficientPermissions", "Request had insufficient authentication scopes.",
                      "Authorization"};
    return *token;
}

Processing plan_processing(const Call& call)
{
    Processing plan{call.world.clock.now() + call.world.processing, ""};
    if (const auto fault = call.scripted("processing"))
        plan.ready = call.world.clock.now() + std::chrono::seconds{fault->number};
    if (const auto fault = call.scripted("processing_fails"))
        plan.failure = fault->words;
    return plan;
}

Post accept(Call& call, Post post)
{
    call.event = "accepted";
    post.accepted = call.world.clock.now();
    if (post.ready == Instant{}) {
        Processing plan = plan_processing(call);
        post.ready = plan.ready;
        post.failure = std::move(plan.failure);
    }
    post.listed = std::max(post.listed, post.accepted);
    if (const auto fault = call.scripted("listing_lag"))
        post.listed += std::chrono::seconds{fault->number};
    call.world.ledger.add(post);
    return post;
}

bool is_set(const Account& account, std::string_view option, bool otherwise)
{
    const boost::json::object options = boost::json::parse(account.options).as_object();
    const boost::json::value* value = options.if_contains(option);
    return value && value->is_bool() ? value->as_bool() : otherwise;
}

Response json_response(int status, const boost::json::value& body)
{
    return Response(status, "application/json; charset=UTF-8", boost::json::serialize(body));
}

} // namespace vitrina::sandbox

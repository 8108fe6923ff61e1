#include "http/request_origin.hpp"

#include "http/grammar.hpp"
#include "http/uri.hpp"

namespace vitrina {
namespace {

// What may be taken over into logs and answers.
bool is_sane_id(std::string_view id)
{
    if (id.empty() || id.size() > 128)
        return false;
    for (char c : id)
        if (!grammar::is_unreserved(c))
            return false;
    return true;
}

// All fields of a name as one list: a proxy may add to the line it found, or add a line.
std::string joined(const Headers& headers, std::string_view name)
{
    std::string all;
    for (const Header& field : headers)
        if (grammar::same(field.name, name))
            (all += all.empty() ? "" : ",") += field.value;
    return all;
}

} // namespace

void take_over_head(Request& request, const RequestHead& head, const Origin& origin, const ServerOptions& options)
{
    request.target = head.target;
    for (const FieldView& field : head.fields)
        request.headers.add(std::string(field.name), std::string(field.value));
    const auto id = request.headers.get("X-Request-Id");
    request.id = is_sane_id(id) ? id : "";

    std::string_view host = head.host;
    request.scheme = origin.encrypted ? "https" : "http";
    request.remote_address = origin.peer;
    if (origin.is_proxy) {
        const std::string chain = joined(request.headers, "X-Forwarded-For");
        request.remote_address = options.proxies.client(origin.peer, chain);
        const auto scheme = request.headers.get("X-Forwarded-Proto");
        if (scheme == "http" || scheme == "https")
            request.scheme = scheme;
        const auto forwarded_host = request.headers.get("X-Forwarded-Host");
        if (is_host(forwarded_host))
            host = forwarded_host;
    }
    if (!options.public_url.empty())
        request.base_url = options.public_url;
    else
        ((request.base_url = request.scheme) += "://") += host;
}

} // namespace vitrina

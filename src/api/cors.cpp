#include "api/cors.hpp"

#include "core/comma_list.hpp"

#include <algorithm>

namespace vitrina {

namespace {

constexpr std::string_view exposed =
    "ETag, Link, Location, Retry-After, Content-Range, Content-Disposition, "
    "Idempotency-Replayed, Preference-Applied, X-Request-Id, RateLimit, RateLimit-Policy";
constexpr std::string_view allowed_methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

} // namespace

Cors::Cors(std::string_view origins)
{
    for (std::string_view origin : comma_list(origins)) {
        while (origin.ends_with('/'))
            origin.remove_suffix(1);
        if (origin == "*")
            any_ = true;
        else if (!origin.empty())
            origins_.emplace_back(origin);
    }
}

void Cors::apply(const Request& request, Response& response) const
{
    if (!any_)
        response.headers.add("Vary", "Origin");
    const std::optional<std::string_view> origin = request.headers.find("Origin");
    const bool allowed = any_ || (origin && std::ranges::find(origins_, *origin) != origins_.end());
    if (!allowed)
        return;
    response.headers.set("Access-Control-Allow-Origin", any_ ? std::string("*") : std::string(*origin));
    if (!origin)
        return;
    const bool is_preflight =
        request.method == Method::options && request.headers.find("Access-Control-Request-Method");
    if (!is_preflight) {
        response.headers.set("Access-Control-Expose-Headers", std::string(exposed));
        return;
    }
    response.headers.set("Access-Control-Allow-Methods", std::string(allowed_methods));
    // "*" does not cover Authorization, so what was asked for is named.
    if (const auto asked = request.headers.find("Access-Control-Request-Headers"))
        response.headers.set("Access-Control-Allow-Headers", std::string(*asked));
    response.headers.set("Access-Control-Max-Age", "86400");
}

} // namespace vitrina

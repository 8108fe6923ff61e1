#pragma once
#include "access/access_rule.hpp"
#include "access/media_urls.hpp"
#include "access/tokens.hpp"
#include "http/route.hpp"

#include <atomic>
#include <cstdint>
#include <optional>

namespace vitrina {

// Seen by the metrics: who was turned away, and why.
struct AccessCounters {
    std::atomic<std::uint64_t> no_token = 0, bad_token = 0, wrong_scope = 0, foreign_page = 0, through_gateway = 0;
};

// Whether a request may reach its route's handler.
class AccessControl {
public:
    AccessControl(AccessRule rule, Tokens& tokens, MediaUrls& media)
        : rule_(std::move(rule)), tokens_(tokens), media_(media)
    {
    }

    // Nothing lets it pass, with Request::caller set; else 401 or 403.
    Task<std::optional<Response>> admit(Request& request, const Route& route);

    const AccessRule& rule() const { return rule_; }
    const AccessCounters& counters() const { return counters_; }

private:
    Task<bool> has_media_signature(const Request& request);
    std::optional<Response> refuse_stranger(const Request& request, const Route& route);
    std::optional<Response> no_token(const Request& request);

    const AccessRule rule_;
    Tokens& tokens_;
    MediaUrls& media_;
    AccessCounters counters_;
};

} // namespace vitrina

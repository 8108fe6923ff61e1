#pragma once
#include "core/result.hpp"

#include <string>
#include <string_view>

namespace vitrina {

enum class Access {
    open,   // nobody is asked for anything
    tokens, // a token, or a signed media URL
};

struct AccessRule {
    Access access = Access::tokens;
    std::string reason;         // one sentence for the log and the page: why it is so
    bool only_loopback = false; // open, because only this machine reaches it
};

// What decides who may come in.
struct AccessFacts {
    std::string_view listen;     // "127.0.0.1", "[::1]:5000", "localhost", "0.0.0.0:80"
    std::string_view public_url; // "https://video.example.org", where a gateway stands in front; "" without one
    bool declared_open = false;  // VITRINA_OPEN
    bool has_tokens = false;
};

// Loopback is open, unless a gateway brings others to it; elsewhere tokens are asked for, unless the operator opened it
// in so many words. Without a token nobody could come in, so a server that others reach refuses to start: better than
// one that looks broken, or one that is open.
Result<AccessRule> access_rule(const AccessFacts& facts);

bool is_loopback(std::string_view listen);

// Whether a browser's request comes from a page that does not belong to the server it asks. Where nobody needs a
// token, any page a person visits could otherwise administer the server on their machine. `origin` and `host` are the
// headers, "" where they are missing; a Host that is no name of this machine is foreign too where `only_loopback`,
// because an attacker's own name may be made to lead here.
bool is_foreign_page(std::string_view origin, std::string_view host, bool only_loopback);

} // namespace vitrina

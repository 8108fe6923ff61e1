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
    std::string reason; // one sentence for the log and the page: why it is so
};

// Who may come in at an address ("127.0.0.1", "::1", "localhost", "0.0.0.0", with or without a port). Loopback is
// open; elsewhere tokens are asked for unless the operator opened it in so many words. Without a token nobody could
// come in, so a server on a public address refuses to start: better than one that looks broken, or one that is open.
Result<AccessRule> access_rule(std::string_view listen, bool declared_open, bool has_tokens);

bool is_loopback(std::string_view listen);

} // namespace vitrina

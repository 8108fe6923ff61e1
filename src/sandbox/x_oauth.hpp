#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// x.com's consent page, tokens, refresh, revocation.
std::vector<Operation> x_oauth_operations(World& world);

// Fresh tokens of an account; those before die. Without offline.access there is no refresh token: "".
struct XPair {
    Token access, refresh;
};
XPair fresh_x_tokens(World& world, const std::string& account, const std::string& client, const std::string& scopes);

} // namespace vitrina::sandbox

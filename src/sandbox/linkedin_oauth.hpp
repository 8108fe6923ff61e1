#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// LinkedIn's consent page, tokens, refresh.
std::vector<Operation> linkedin_oauth_operations(World& world);

// A token for sixty days, and where the account's app is approved a refresh token for a year: else "".
struct LinkedinPair {
    Token access, refresh;
};
LinkedinPair fresh_linkedin_tokens(World& world, const Account& account, const std::string& client,
                                   const std::string& scopes);

} // namespace vitrina::sandbox

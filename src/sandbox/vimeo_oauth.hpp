#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// Vimeo's consent page, tokens, revocation.
std::vector<Operation> vimeo_oauth_operations(World& world);

// A token that does not end by itself.
Token fresh_vimeo_token(World& world, const std::string& account, const std::string& client, const std::string& scopes);

} // namespace vitrina::sandbox

#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// accounts.google.com and oauth2.googleapis.com: consent, token exchange, refresh, revocation.
std::vector<Operation> google_oauth_operations(World& world);

// {"error":"invalid_grant","error_description":"…"}, as every OAuth server says it.
Response oauth_refusal(const Refusal& refusal);

// "S256" of RFC 7636.
bool answers_challenge(std::string_view verifier, std::string_view challenge);

} // namespace vitrina::sandbox

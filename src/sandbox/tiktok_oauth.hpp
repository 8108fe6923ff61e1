#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// www.tiktok.com's consent page, and the tokens of open.tiktokapis.com. A refresh token works once.
std::vector<Operation> tiktok_oauth_operations(World& world);

struct TiktokPair {
    Token access, refresh;
};
// Ends the account's earlier refresh tokens; its access tokens live on.
TiktokPair fresh_tiktok_tokens(World& world, const std::string& account, const std::string& client,
                               const std::string& scopes);

// {"error":"…","error_description":"…","log_id":"…"}: here alone, not as everywhere else in this API.
Response tiktok_oauth_refusal(const Refusal& refusal);

} // namespace vitrina::sandbox

#pragma once
#include "publishing/consent.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// The code flow of RFC 6749, where a network keeps to it.

// S256 of RFC 7636.
std::string code_challenge(const std::string& verifier);

// Whether a list of scopes, separated by spaces or commas, has this one.
bool has_scope(std::string_view scopes, std::string_view wanted);

// To a token endpoint; what proves the app stands in the form.
Send token_request(std::string url, const HttpFields& form);

struct CodeTokens {
    Secret access, refresh; // refresh: "" where there is none
    std::string scopes;     // "" where the network does not say
    std::optional<std::chrono::seconds> expires_in, refresh_expires_in;
};
// Nothing when the answer is no success.
std::optional<CodeTokens> code_tokens(const HttpReply& reply);

// What an answer without tokens means: NotGranted in the network's own words, or GrantLater.
ConsentStep no_tokens(std::string_view network, const HttpReply& reply);

} // namespace vitrina

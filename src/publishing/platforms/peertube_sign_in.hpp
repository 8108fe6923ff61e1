#pragma once
#include "publishing/consent.hpp"

namespace vitrina {

// A name and a password, used once: the server's own client, then tokens, then the person's channels.
std::unique_ptr<ConsentExchange> make_peertube_sign_in(const SignIn& sign_in);

struct PeertubeTokens {
    Secret access, refresh;
    std::optional<std::chrono::seconds> expires_in, refresh_expires_in;
};
std::optional<PeertubeTokens> peertube_tokens(const HttpReply& reply);

} // namespace vitrina

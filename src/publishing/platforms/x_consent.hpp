#pragma once
#include "publishing/consent.hpp"

namespace vitrina {

// X's consent page, and the exchange of its code, which is good for 30 seconds.
class XConsent final : public Consent {
public:
    std::string page(const ConsentVisit& visit) const override;
    std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const override;
};

// To the token endpoint: an app with a secret says it as Basic credentials, one without gives its id in the form.
Send x_token_request(const AppCredentials& app, HttpFields form);

// Of the token endpoint.
struct XTokens {
    Secret access, refresh;
    std::string scopes; // separated by spaces
    std::optional<std::chrono::seconds> expires_in;
};
std::optional<XTokens> x_tokens(const HttpReply& reply);

} // namespace vitrina

#pragma once
#include "publishing/consent.hpp"

#include <string>

namespace vitrina {

// LinkedIn's consent page. Who consents can be published as a person, and as the organisations they administer where
// the app was given that.
class LinkedinConsent final : public Consent {
public:
    LinkedinConsent(std::string version, bool organisations)
        : version_(std::move(version)), organisations_(organisations)
    {
    }

    std::string page(const ConsentVisit& visit) const override;
    std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const override;

private:
    std::string version_; // of the API
    bool organisations_;  // whether they are asked for
};

// Of the token endpoint. Most apps get no refresh token.
struct LinkedinTokens {
    Secret access, refresh;
    std::string scopes; // separated by commas or spaces
    std::optional<std::chrono::seconds> expires_in, refresh_expires_in;
};
std::optional<LinkedinTokens> linkedin_tokens(const HttpReply& reply);

Send linkedin_token_request(HttpFields form);

} // namespace vitrina

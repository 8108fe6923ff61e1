#pragma once
#include "publishing/consent.hpp"

namespace vitrina {

// A server's consent page. We register with each server by ourselves: nobody has to make an app there first.
class MastodonConsent final : public Consent {
public:
    std::string page(const ConsentVisit& visit) const override;
    std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const override;
    std::optional<Send> register_app(const std::string& base_url, const std::string& redirect_uri) const override;
    std::optional<AppCredentials> on_registered(const HttpReply& reply) const override;
};

} // namespace vitrina

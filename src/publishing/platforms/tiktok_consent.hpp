#pragma once
#include "publishing/consent.hpp"

namespace vitrina {

// TikTok's consent page, and the exchange of its code. `version` is that of the API.
class TiktokConsent final : public Consent {
public:
    explicit TiktokConsent(std::string version) : version_(std::move(version)) {}

    std::string page(const ConsentVisit& visit) const override;
    std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const override;

private:
    std::string version_;
};

} // namespace vitrina

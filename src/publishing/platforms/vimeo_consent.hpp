#pragma once
#include "publishing/consent.hpp"

namespace vitrina {

// Vimeo's consent page, and the exchange of its code for a token that does not end by itself.
class VimeoConsent final : public Consent {
public:
    std::string page(const ConsentVisit& visit) const override;
    std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const override;
};

} // namespace vitrina

#pragma once
#include "publishing/consent.hpp"

namespace vitrina {

// Google's consent page. Who has several channels chooses among them there: the tokens are one channel's.
class YoutubeConsent final : public Consent {
public:
    std::string page(const ConsentVisit& visit) const override;
    std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const override;
};

} // namespace vitrina

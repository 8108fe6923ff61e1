#pragma once
#include "publishing/consent.hpp"

#include <string>

namespace vitrina {

// Facebook Login for Business and its like: the person allows an app, and their pages, or the professional Instagram
// accounts that are linked to those, can be published as. What is kept is a page's token, which does not end by itself.
class MetaConsent final : public Consent {
public:
    enum class For { pages, instagram };
    MetaConsent(For wanted, std::string version) : for_(wanted), version_(std::move(version)) {}

    std::string page(const ConsentVisit& visit) const override;
    std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const override;

private:
    For for_;
    std::string version_; // of the Graph API
};

} // namespace vitrina

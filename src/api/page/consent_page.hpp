#pragma once
#include "core/result.hpp"
#include "http/response.hpp"
#include "publishing/consent_visits.hpp"

#include <string>

namespace vitrina {

// What a person sees who comes back from a network: connected, why not, or whom to connect of several. In English and
// Spanish, with no script.
class ConsentPage {
public:
    // `home`: "" where there is no page to go back to.
    ConsentPage(const Platforms& platforms, std::string home);

    // `state` goes into the form of the choice.
    Response show(const Request& request, const Result<Visit>& visit, const std::string& state) const;

private:
    std::string body_of(const Request& request, const Visit& visit, const std::string& state) const;

    const Platforms& platforms_;
    std::string home_;
    std::string csp_;
};

} // namespace vitrina

#pragma once
#include "http/route.hpp"
#include "publishing/consent_visits.hpp"

#include <string>
#include <vector>

namespace vitrina {

// GET /v1/platforms: the networks, and what each takes, as data for whoever composes a post.
class PlatformsApi {
public:
    PlatformsApi(const Platforms& platforms, const ConsentVisits& visits);

    std::vector<Route> routes();

private:
    Task<Response> list(const Request& request);

    std::string answer_; // it does not change while the process runs
};

} // namespace vitrina

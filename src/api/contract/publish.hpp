#pragma once
#include "http/route.hpp"
#include "library/videos.hpp"
#include "publishing/requests.hpp"

#include <vector>

namespace vitrina {

// POST /api/videos/{id}/publish, the frozen way to publish.
class ContractPublish {
public:
    ContractPublish(Videos& videos, PublishRequests& requests, Publications& publications, const Platforms& platforms);

    std::vector<Route> routes();

private:
    Task<Response> publish(const Request& request);

    Videos& videos_;
    PublishRequests& requests_;
    Publications& publications_;
    const Platforms& platforms_;
};

} // namespace vitrina

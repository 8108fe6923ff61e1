#pragma once
#include "http/route.hpp"
#include "publishing/platform.hpp"

#include <string>
#include <vector>

namespace vitrina {

// GET /v1/platforms: the networks, and what each takes, as data for whoever composes a post.
class PlatformsApi {
public:
    explicit PlatformsApi(const Platforms& platforms);

    std::vector<Route> routes();

private:
    Task<Response> list(const Request& request);

    std::string answer_; // it does not change while the process runs
};

} // namespace vitrina

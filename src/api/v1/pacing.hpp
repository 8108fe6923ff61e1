#pragma once
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/route.hpp"
#include "publishing/accounts.hpp"
#include "publishing/pacing.hpp"

namespace vitrina {

// /v1/accounts/{id}/pace: how fast an account's publications may begin. /v1/publishing: whether any may.
class PacingApi {
public:
    PacingApi(Accounts& accounts, Pacing& pacing) : accounts_(accounts), pacing_(pacing) {}

    std::vector<Route> routes();

private:
    Task<Response> show(const Request& request);
    Task<Response> change(const Request& request);
    Task<Response> show_all(const Request& request);
    Task<Response> change_all(const Request& request);

    Accounts& accounts_;
    Pacing& pacing_;
};

} // namespace vitrina

#pragma once
#include "api/page/consent_page.hpp"
#include "http/route.hpp"
#include "publishing/consent_visits.hpp"

#include <string>
#include <vector>

namespace vitrina {

// /v1/accounts/connect: to a network's consent page and back.
class ConnectApi {
public:
    // `home`: where the page is that people come from; "" where this service has none.
    ConnectApi(ConsentVisits& visits, const Platforms& platforms, std::string home);

    std::vector<Route> routes();
    // Without an Idempotency-Key: passwords leave no trace, and the same one connects the same account.
    std::vector<Route> sign_in_route();

private:
    Task<Response> begin(const Request& request);
    Task<Response> begin_elsewhere(const Request& request);
    Task<Response> come_back(const Request& request);
    Task<Response> choose_in_browser(const Request& request);
    Task<Response> show(const Request& request);
    Task<Response> take_code(const Request& request);
    Task<Response> choose(const Request& request);
    Task<Response> sign_in(const Request& request);

    ConsentVisits& visits_;
    ConsentPage page_;
};

} // namespace vitrina

#pragma once
#include "http/route.hpp"
#include "publishing/connections.hpp"

#include <vector>

namespace vitrina {

// /v1/accounts.
class AccountsApi {
public:
    AccountsApi(Accounts& accounts, Connections& connections, const Platforms& platforms);

    std::vector<Route> routes();

private:
    Task<Response> list(const Request& request);
    Task<Response> show(const Request& request);
    Task<Response> connect(const Request& request);
    Task<Response> disconnect(const Request& request);

    Accounts& accounts_;
    Connections& connections_;
    const Platforms& platforms_;
};

} // namespace vitrina

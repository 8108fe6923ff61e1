#pragma once
#include "http/route.hpp"
#include "publishing/connections.hpp"

#include <vector>

namespace vitrina {

// /v1/accounts and /v1/platforms.
class AccountsApi {
public:
    // Where everything goes to the stand-in networks, accounts are marked as theirs.
    enum class Networks { real, sandbox };
    AccountsApi(Accounts& accounts, Connections& connections, const Platforms& platforms, Networks networks);

    std::vector<Route> routes();

private:
    Task<Response> list(const Request& request);
    Task<Response> show(const Request& request);
    Task<Response> connect(const Request& request);
    Task<Response> disconnect(const Request& request);
    Task<Response> list_platforms(const Request& request);

    Accounts& accounts_;
    Connections& connections_;
    const Platforms& platforms_;
    Networks networks_;
};

} // namespace vitrina

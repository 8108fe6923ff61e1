#pragma once
#include "publishing/accounts.hpp"
#include "publishing/publications.hpp"

namespace vitrina {

// Connecting an account: its tokens are tried first, and what its loss had blocked goes on.
class Connections {
public:
    Connections(Database& database, Accounts& accounts, Publications& publications, JobQueue& queue,
                const Platforms& platforms, Wire& wire, const Clock& clock);

    // unprocessable (VT-ACC-…) when the network does not take the tokens, unavailable when it cannot be asked.
    Task<Result<Account>> connect(NewAccount account);
    // conflict while publications of it are under way.
    Task<Result<void>> disconnect(AccountId id);

private:
    Database& db_;
    Accounts& accounts_;
    Publications& publications_;
    JobQueue& queue_;
    const Platforms& platforms_;
    Wire& wire_;
    const Clock& clock_;
};

} // namespace vitrina

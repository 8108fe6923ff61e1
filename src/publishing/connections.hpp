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
    // Of an account whose tokens the network has just given: nothing more is asked. wake() once it is committed.
    Task<Account> keep(Transaction& transaction, NewAccount account);
    void wake() { queue_.wake(); }
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

// unprocessable (VT-ACC-002): the network will not have it so. `why` is the network's, or about the person.
Fault not_taken(const Platform& platform, const std::string& why);
// unavailable (VT-ACC-003).
Fault not_asked(const Platform& platform, const std::string& why);

} // namespace vitrina

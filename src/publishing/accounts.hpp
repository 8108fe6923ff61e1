#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/result.hpp"
#include "core/vault.hpp"
#include "db/database.hpp"
#include "publishing/networks.hpp"
#include "publishing/platform.hpp"
#include "publishing/wire.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vitrina {

// A connected identity on a network.
struct Account {
    AccountId id;
    std::string platform;
    std::string name;      // as the network calls it
    std::string remote_id;
    std::string base_url;  // "" where the platform has one server only
    bool sandbox = false;  // its posts go to a stand-in
    enum class Status { connected, needs_reconnect } status = Status::connected;
    std::string reason;    // of needs_reconnect, for a person
    Instant created_at{}, updated_at{};
    std::int64_t version = 1; // grows with every change of its tokens
    std::optional<Instant> access_expires_at;
    // When a person has to connect it again, however well its tokens are refreshed; nothing: not known.
    std::optional<Instant> reconnect_before;

    AccountFacts facts() const { return {base_url, remote_id}; }
};

struct AccountTokens {
    std::string client_id;
    Secret client_secret, access_token, refresh_token;
    std::optional<Instant> access_expires_at, refresh_expires_at; // nothing: not known to end
};

struct NewAccount {
    std::string platform, name, remote_id, base_url;
    AccountTokens tokens;
};

// Accounts and their tokens; tokens are sealed at rest and leave only through access().
class Accounts {
public:
    Accounts(Database& database, const Vault& vault, const Platforms& platforms, Wire& wire, const Clock& clock,
             Networks networks);

    bool in_sandbox() const { return networks_ == Networks::sandbox; }
    // Whether it belongs to the networks this process talks to.
    bool is_ours(const Account& account) const { return account.sandbox == in_sandbox(); }

    Task<std::vector<Account>> list();
    Task<std::optional<Account>> find(AccountId id);
    // Adds, or connects again the account of the same identity: then an empty token never overwrites a kept one.
    // It is an account of the networks this process talks to, whoever says otherwise.
    Task<Account> put(Transaction& transaction, NewAccount account);
    // False when there is none.
    Task<bool> remove(Transaction& transaction, AccountId id);

    struct Access {
        Secret token;
        std::int64_t version = 0;
    };
    struct Disconnected {
        std::string why;
    };
    struct Later {
        Instant until{};
        std::string why;
    };
    using AccessResult = std::variant<Access, Disconnected, Later>;
    // A token that is good for some minutes. `refused` is the version of one that the network did not take: then
    // another is fetched. However many ask at once, in whatever process, the network is asked once. Later for an
    // account of other networks, whose tokens are left alone.
    Task<AccessResult> access(AccountId id, std::optional<std::int64_t> refused = {});
    // The network does not take even fresh tokens: the account has to be connected again. Nothing happens when its
    // tokens are newer than those of `version`: somebody has connected it again already.
    Task<> disconnect(AccountId id, std::int64_t version, std::string why);

private:
    struct Held;
    Task<std::optional<Held>> find_held(AccountId id);
    Task<bool> lead(const Held& held);
    Task<> refresh(Held held);

    Database& db_;
    const Vault& vault_;
    const Platforms& platforms_;
    Wire& wire_;
    const Clock& clock_;
    Networks networks_;
};

Fault no_such_account();

} // namespace vitrina

#include "publishing/accounts.hpp"

#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "core/sleep.hpp"
#include "events/event_types.hpp"
#include "publishing/publishing_events.hpp"
#include "publishing/sealed_columns.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// A token that ends sooner is replaced before it is used.
constexpr auto good_for = 5min;
// How long a refresh may take before somebody else tries: more than its own time limits.
constexpr auto refresh_lease = 60s;
constexpr auto look_again_after = 50ms;

// Those of read_account(), in its order.
#define ACCOUNT_COLUMNS                                                                                                \
    "id, platform, name, remote_id, base_url, sandbox, status, reason, version, created_at, updated_at,"               \
    " access_expires_at, refresh_expires_at, refresh_token_sealed"

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

Instant instant(std::int64_t micros)
{
    return Instant{std::chrono::microseconds(micros)};
}

Value nullable(std::optional<Instant> when)
{
    return when ? Value(micros(*when)) : Value();
}

std::optional<Instant> instant_or_nothing(const Row& row, std::size_t column)
{
    return row.is_null(column) ? std::nullopt : std::optional(instant(row.integer(column)));
}

Account read_account(const Row& row)
{
    Account account;
    account.id = AccountId::parse(row.text(0)).value();
    account.platform = row.text(1);
    account.name = row.text(2);
    account.remote_id = row.text(3);
    account.base_url = row.text(4);
    account.sandbox = row.integer(5) != 0;
    account.status = row.text(6) == "connected" ? Account::Status::connected : Account::Status::needs_reconnect;
    account.reason = row.text(7);
    account.version = row.integer(8);
    account.created_at = instant(row.integer(9));
    account.updated_at = instant(row.integer(10));
    account.access_expires_at = instant_or_nothing(row, 11);
    const bool renews_itself = !row.text(13).empty();
    account.reconnect_before = renews_itself ? instant_or_nothing(row, 12) : account.access_expires_at;
    return account;
}

std::optional<Instant> after(Instant now, std::optional<std::chrono::seconds> life)
{
    return life ? std::optional<Instant>(now + *life) : std::nullopt;
}

Instant backoff_from(Instant now, std::int64_t failures)
{
    const auto pause = std::min<std::chrono::seconds>(5min, 2s * (1 << std::clamp<std::int64_t>(failures, 0, 10)));
    return now + pause;
}

} // namespace

struct Accounts::Held {
    Account account;
    AccountTokens tokens;
    Instant refresh_after{};
    std::int64_t refresh_failures = 0;
    std::string refresh_trouble;
    bool unreadable = false; // sealed with another secret key
};

Accounts::Accounts(Database& database, const Vault& vault, const Platforms& platforms, Wire& wire, const Clock& clock,
                   Networks networks)
    : db_(database), vault_(vault), platforms_(platforms), wire_(wire), clock_(clock), networks_(networks)
{
}

Task<std::vector<Account>> Accounts::list()
{
    static constexpr Sql all{"SELECT " ACCOUNT_COLUMNS " FROM accounts ORDER BY platform, created_at, id"};
    const Rows rows = co_await db_.read(all);
    std::vector<Account> accounts;
    for (std::size_t i = 0; i < rows.size(); ++i)
        accounts.push_back(read_account(rows[i]));
    co_return accounts;
}

Task<std::optional<Account>> Accounts::find(AccountId id)
{
    static constexpr Sql one{"SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE id = $1"};
    const Rows rows = co_await db_.read(one, id.text());
    co_return rows.empty() ? std::nullopt : std::optional(read_account(rows.front()));
}

Task<std::optional<Accounts::Held>> Accounts::find_held(AccountId id)
{
    static constexpr Sql one{
        "SELECT " ACCOUNT_COLUMNS
        ", client_id, client_secret_sealed, access_token_sealed, refresh_after, refresh_failures, refresh_trouble"
        " FROM accounts WHERE id = $1"};
    const std::string row_id = id.text();
    const Rows rows = co_await db_.read(one, row_id);
    if (rows.empty())
        co_return std::nullopt;
    const Row row = rows.front();
    Held held{.account = read_account(row)};
    held.tokens.client_id = row.text(14);
    try {
        held.tokens.client_secret = vault_.open(row.text(15), row_id, sealed_as::client_secret);
        held.tokens.access_token = vault_.open(row.text(16), row_id, sealed_as::access_token);
        held.tokens.refresh_token = vault_.open(row.text(13), row_id, sealed_as::refresh_token);
    } catch (const VaultError&) {
        held.unreadable = true;
    }
    held.tokens.access_expires_at = held.account.access_expires_at;
    held.refresh_after = instant(row.integer(17));
    held.refresh_failures = row.integer(18);
    held.refresh_trouble = row.text(19);
    co_return held;
}

Task<Account> Accounts::put(Transaction& transaction, NewAccount account)
{
    static constexpr Sql same{"SELECT id FROM accounts WHERE platform = $1 AND base_url = $2 AND remote_id = $3"
                              " AND sandbox = $4"};
    static constexpr Sql add{
        "INSERT INTO accounts (id, platform, name, remote_id, base_url, sandbox, status, "
        "client_id, client_secret_sealed,"
        " access_token_sealed, refresh_token_sealed, access_expires_at, refresh_expires_at, created_at,"
        " updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'connected', $7, $8, $9, $10, $11, $12, $13, $13)"};
    // An empty secret leaves the kept one alone: some networks give a refresh token at the first consent only.
    static constexpr Sql renew{
        "UPDATE accounts SET name = $2, status = 'connected', reason = '', client_id = $3,"
        " client_secret_sealed = CASE WHEN $4 = '' THEN client_secret_sealed ELSE $4 END,"
        " access_token_sealed = $5,"
        " refresh_token_sealed = CASE WHEN $6 = '' THEN refresh_token_sealed ELSE $6 END,"
        " refresh_expires_at = CASE WHEN $6 = '' THEN refresh_expires_at ELSE $8 END,"
        " access_expires_at = $7, updated_at = $9, version = version + 1, refreshing_until = 0, refresh_failures = 0,"
        " refresh_after = 0, refresh_trouble = '' WHERE id = $1"};
    static constexpr Sql one{"SELECT " ACCOUNT_COLUMNS " FROM accounts WHERE id = $1"};

    const std::int64_t sandbox = in_sandbox() ? 1 : 0;
    const Rows known = co_await transaction.run(same, account.platform, account.base_url, account.remote_id, sandbox);
    const std::int64_t now = micros(clock_.now());
    const std::string id = known.empty() ? AccountId::make(clock_.now()).text() : std::string(known.front().text(0));
    const AccountTokens& tokens = account.tokens;
    const std::string secret_sealed = vault_.seal(tokens.client_secret, id, sealed_as::client_secret);
    const std::string access_sealed = vault_.seal(tokens.access_token, id, sealed_as::access_token);
    const std::string refresh_sealed = vault_.seal(tokens.refresh_token, id, sealed_as::refresh_token);
    if (known.empty())
        co_await transaction.run(add, id, account.platform, account.name, account.remote_id, account.base_url, sandbox,
                                 tokens.client_id, secret_sealed, access_sealed, refresh_sealed,
                                 nullable(tokens.access_expires_at), nullable(tokens.refresh_expires_at), now);
    else
        co_await transaction.run(renew, id, account.name, tokens.client_id, secret_sealed, access_sealed,
                                 refresh_sealed, nullable(tokens.access_expires_at),
                                 nullable(tokens.refresh_expires_at), now);
    co_await tell_account(transaction, event_type::account_connected, id, account.platform, clock_.now());
    const Rows rows = co_await transaction.run(one, id);
    co_return read_account(rows.front());
}

Task<bool> Accounts::remove(Transaction& transaction, AccountId id)
{
    static constexpr Sql remove_one{"DELETE FROM accounts WHERE id = $1 RETURNING platform"};
    const Rows rows = co_await transaction.run(remove_one, id.text());
    if (rows.empty())
        co_return false;
    static constexpr Sql forget_pace{"DELETE FROM account_pace WHERE account_id = $1"};
    co_await transaction.run(forget_pace, id.text());
    std::string platform(rows.front().text(0));
    co_await tell_account(transaction, event_type::account_removed, id.text(), std::move(platform), clock_.now());
    co_return true;
}

Task<Accounts::AccessResult> Accounts::access(AccountId id, std::optional<std::int64_t> refused)
{
    std::optional<std::int64_t> first_seen;
    for (int looks = 0; looks < 2 * refresh_lease / look_again_after; ++looks) {
        std::optional<Held> held = co_await find_held(id);
        if (!held) {
            Disconnected gone{"the account was removed"};
            co_return gone;
        }
        const Account& account = held->account;
        if (!is_ours(account)) {
            Later left_alone{clock_.now() + look_at_other_networks_after,
                             std::string(start_as_connected(account.sandbox))};
            co_return left_alone;
        }
        if (account.status != Account::Status::connected) {
            Disconnected gone{account.reason};
            co_return gone;
        }
        if (held->unreadable) {
            const std::string why = "the server's secret key was changed, and the account's tokens cannot be read";
            co_await disconnect(id, account.version, why);
            Disconnected gone{why};
            co_return gone;
        }
        if (!first_seen)
            first_seen = account.version;
        const Instant now = clock_.now();
        const bool was_refused = refused == account.version;
        const bool just_renewed = account.version != *first_seen;
        const auto ends = held->tokens.access_expires_at;
        const bool usable = !was_refused && !held->tokens.access_token.empty() && (!ends || *ends > now);
        const bool lasting = usable && (!ends || just_renewed || *ends > now + good_for);
        if (lasting) {
            Access access{held->tokens.access_token, account.version};
            co_return access;
        }
        const Platform* platform = find_platform(platforms_, account.platform);
        const Grant grant{account.base_url, held->tokens.client_id, held->tokens.client_secret,
                          held->tokens.refresh_token};
        if (!platform || !platform->refresh(grant)) {
            const std::string why = "the network does not take the access token any more";
            co_await disconnect(id, account.version, why);
            Disconnected gone{why};
            co_return gone;
        }
        if (held->refresh_after > now) {
            if (usable) {
                Access access{held->tokens.access_token, account.version};
                co_return access;
            }
            Later later{held->refresh_after, held->refresh_trouble};
            co_return later;
        }
        const bool leading = co_await lead(*held);
        if (leading)
            co_await refresh(std::move(*held));
        else
            co_await sleep_for(look_again_after); // somebody else asks the network; their answer is ours
    }
    Later later{clock_.now() + refresh_lease, "the token is being refreshed elsewhere"};
    co_return later;
}

Task<bool> Accounts::lead(const Held& held)
{
    static constexpr Sql take{"UPDATE accounts SET refreshing_until = $3"
                              " WHERE id = $1 AND version = $2 AND refreshing_until <= $4 AND refresh_after <= $4"};
    const Instant now = clock_.now();
    const Rows rows = co_await db_.write(take, held.account.id.text(), held.account.version,
                                         micros(now + refresh_lease), micros(now));
    co_return rows.changed() == 1;
}

Task<> Accounts::refresh(Held held)
{
    static constexpr Sql renew{
        "UPDATE accounts SET access_token_sealed = $3,"
        " refresh_token_sealed = CASE WHEN $4 = '' THEN refresh_token_sealed ELSE $4 END, access_expires_at = $5,"
        " refresh_expires_at = COALESCE($6, refresh_expires_at),"
        " version = version + 1, refreshing_until = 0, refresh_failures = 0, refresh_after = 0, refresh_trouble = '',"
        " updated_at = $7 WHERE id = $1 AND version = $2"};
    static constexpr Sql postpone{"UPDATE accounts SET refreshing_until = 0, refresh_failures = refresh_failures + 1,"
                                  " refresh_after = $3, refresh_trouble = $4 WHERE id = $1 AND version = $2"};
    const Platform* platform = find_platform(platforms_, held.account.platform);
    const Grant grant{held.account.base_url, held.tokens.client_id, held.tokens.client_secret,
                      held.tokens.refresh_token};
    Wire::Parcel parcel{*platform->refresh(grant), {}, nullptr, {}};
    const Wire::Outcome outcome = co_await wire_.carry(std::move(parcel));
    const auto* reply = std::get_if<HttpReply>(&outcome);
    const RefreshOutcome answer =
        reply ? platform->on_refreshed(*reply) : RefreshOutcome(RefreshLater{std::get<WireLoss>(outcome).why});

    const std::string id = held.account.id.text();
    const Instant now = clock_.now();
    if (const auto* fresh = std::get_if<FreshTokens>(&answer)) {
        FAIL_POINT("accounts.before_tokens_kept");
        const std::string access_sealed = vault_.seal(fresh->access_token, id, sealed_as::access_token);
        const std::string refresh_sealed = vault_.seal(fresh->refresh_token, id, sealed_as::refresh_token);
        const auto ends = after(now, fresh->expires_in), refresh_ends = after(now, fresh->refresh_token_expires_in);
        co_await db_.write(renew, id, held.account.version, access_sealed, refresh_sealed, nullable(ends),
                           nullable(refresh_ends), micros(now));
    } else if (const auto* dead = std::get_if<GrantDead>(&answer)) {
        co_await disconnect(held.account.id, held.account.version, dead->why);
    } else {
        const auto& later = std::get<RefreshLater>(answer);
        const Instant again = backoff_from(now, held.refresh_failures);
        co_await db_.write(postpone, id, held.account.version, micros(again), later.why);
        log(LogLevel::warn, "a token could not be refreshed; the account stays connected",
            {{"account", id}, {"platform", held.account.platform}, {"why", later.why}});
    }
}

Task<> Accounts::disconnect(AccountId id, std::int64_t version, std::string why)
{
    static constexpr Sql mark{
        "UPDATE accounts SET status = 'needs_reconnect', reason = $2, version = version + 1,"
        " refreshing_until = 0, updated_at = $3 WHERE id = $1 AND status = 'connected' AND version = $4"
        " RETURNING platform"};
    const Instant now = clock_.now();
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(mark, id.text(), why, micros(now), version);
    if (rows.empty())
        co_return;
    std::string platform(rows.front().text(0));
    co_await tell_account(*transaction, event_type::account_needs_reconnect, id.text(), std::move(platform), now);
    co_await transaction->commit();
    log(LogLevel::warn, "an account has to be connected again", {{"account", id.text()}, {"why", why}});
}

Fault no_such_account()
{
    return {FaultKind::missing, "VT-ACC-001", "There is no such account", "GET /v1/accounts lists them", {}, {}};
}

} // namespace vitrina

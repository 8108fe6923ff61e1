#include "publishing/connections.hpp"

#include "publishing/converse.hpp"

namespace vitrina {
namespace {

std::string sentence(std::string text)
{
    return text.ends_with('.') ? text : text + '.';
}

} // namespace

Fault not_taken(const Platform& platform, const std::string& why)
{
    return {FaultKind::unprocessable,
            "VT-ACC-002",
            sentence(std::string(platform.title()) + " did not take this account: " + why),
            "Check the tokens and connect again.",
            {},
            {}};
}

Fault not_asked(const Platform& platform, const std::string& why)
{
    return {FaultKind::unavailable,
            "VT-ACC-003",
            sentence(std::string(platform.title()) + " could not be asked: " + why),
            "Nothing was kept; try again.",
            {},
            std::chrono::seconds(30)};
}

namespace {

// Of a connected account an odd refusal may be the network's own trouble, and it is asked again later. Of one that is
// being connected it is a mistake in what was typed: a wrong client id, say.
bool says_no(int status)
{
    return status >= 400 && status < 500 && status != 408 && status != 429;
}

} // namespace

Connections::Connections(Database& database, Accounts& accounts, Publications& publications, JobQueue& queue,
                         const Platforms& platforms, Wire& wire, const Clock& clock)
    : db_(database),
      accounts_(accounts),
      publications_(publications),
      queue_(queue),
      platforms_(platforms),
      wire_(wire),
      clock_(clock)
{
}

Task<Result<Account>> Connections::connect(NewAccount account)
{
    const Platform* platform = find_platform(platforms_, account.platform);
    if (!platform)
        throw std::invalid_argument("no platform " + account.platform);
    AccountTokens& tokens = account.tokens;
    const Grant grant{account.base_url, tokens.client_id, tokens.client_secret, tokens.refresh_token};
    if (auto send = platform->refresh(grant)) {
        Wire::Parcel parcel{std::move(*send), {}, nullptr, {}};
        const Wire::Outcome outcome = co_await wire_.carry(std::move(parcel));
        const auto* reply = std::get_if<HttpReply>(&outcome);
        if (!reply)
            co_return not_asked(*platform, std::get<WireLoss>(outcome).why);
        const RefreshOutcome answer = platform->on_refreshed(*reply);
        if (const auto* dead = std::get_if<GrantDead>(&answer))
            co_return not_taken(*platform, dead->why);
        if (const auto* later = std::get_if<RefreshLater>(&answer))
            co_return says_no(reply->status) ? not_taken(*platform, later->why) : not_asked(*platform, later->why);
        const auto& fresh = std::get<FreshTokens>(answer);
        tokens.access_token = fresh.access_token;
        if (!fresh.refresh_token.empty())
            tokens.refresh_token = fresh.refresh_token;
        if (fresh.expires_in)
            tokens.access_expires_at = clock_.now() + *fresh.expires_in;
        if (fresh.refresh_token_expires_in)
            tokens.refresh_expires_at = clock_.now() + *fresh.refresh_token_expires_in;
    }

    const AccountFacts facts{account.base_url, account.remote_id};
    const auto conversation = platform->identify(facts, clock_);
    const Step step = co_await converse(wire_, *conversation, tokens.access_token);
    if (const auto* refused = std::get_if<Refused>(&step))
        co_return not_taken(*platform, refused->words);
    if (const auto* reconnect = std::get_if<Reconnect>(&step))
        co_return not_taken(*platform, reconnect->why);
    const auto* identified = std::get_if<Identified>(&step);
    if (!identified)
        co_return not_asked(*platform, std::holds_alternative<Wait>(step) ? std::get<Wait>(step).why : "no answer");

    account.remote_id = identified->remote_id;
    account.name = identified->name;
    auto transaction = co_await db_.begin();
    Account kept = co_await keep(*transaction, std::move(account));
    co_await transaction->commit();
    wake();
    co_return kept;
}

Task<Account> Connections::keep(Transaction& transaction, NewAccount account)
{
    Account kept = co_await accounts_.put(transaction, std::move(account));
    co_await publications_.unblock(transaction, kept.id);
    co_return kept;
}

Task<Result<void>> Connections::disconnect(AccountId id)
{
    static constexpr Sql under_way{
        "SELECT count(*) FROM publications WHERE account_id = $1 AND (removing = 1 OR"
        " status NOT IN ('published', 'outcome_unknown', 'needs_reauth', 'failed', 'cancelled', 'deleted'))"};
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(under_way, id.text());
    if (rows.front().integer(0) > 0) {
        Fault busy{FaultKind::conflict,
                   "VT-ACC-004",
                   "Publications of this account are under way",
                   "cancel them, or wait until they have ended",
                   {},
                   {}};
        co_return busy;
    }
    const bool removed = co_await accounts_.remove(*transaction, id);
    if (!removed)
        co_return no_such_account();
    co_await transaction->commit();
    co_return Result<void>{};
}

} // namespace vitrina

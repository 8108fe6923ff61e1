#include "publishing/consent_visits.hpp"

#include "core/digest.hpp"
#include "core/random.hpp"
#include "core/sandbox_app.hpp"
#include "http/form.hpp"
#include "publishing/converse.hpp"
#include "publishing/requests.hpp"
#include "publishing/sealed_columns.hpp"
#include "publishing/server_address.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vitrina {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using Stage = Visit::Stage;

// For the consent page, and then for the choice.
constexpr auto good_for = 10min;
constexpr auto kept_for = 1h;
constexpr std::size_t random_bytes = 32; // as hex within the length that PKCE asks of a verifier

// Those of Kept, in its order.
#define VISIT_COLUMNS                                                                                                  \
    "id, browser_digest, platform, base_url, redirect_uri, verifier_sealed, client_id, client_secret_sealed, stage,"   \
    " reason, identities_sealed, account_id, expires_at"

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

Fault no_such_visit()
{
    return {FaultKind::missing,
            "VT-ACC-007",
            "There is no such visit to a consent page, or it is too old",
            "begin again: a visit is good for ten minutes",
            {},
            {}};
}

Fault other_browser(const std::string& redirect_uri)
{
    const std::string here = redirect_uri.substr(0, redirect_uri.find("/v1/"));
    return {FaultKind::forbidden,
            "VT-ACC-008",
            "This visit to a consent page was begun in another browser, or under another address of this server",
            "Begin again, at " + here + "/ and in one browser.",
            {},
            {}};
}

Fault no_consent_page(const Platform& platform, const char* hint)
{
    return {FaultKind::unprocessable,
            "VT-ACC-005",
            std::string(platform.title()) + " does not connect accounts in this way",
            hint,
            {},
            {}};
}

Fault no_app(const Platform& platform, const std::string& redirect_uri)
{
    std::string setting = "VITRINA_" + std::string(platform.name());
    std::ranges::transform(setting, setting.begin(), [](unsigned char c) { return char(std::toupper(c)); });
    return {FaultKind::conflict,
            "VT-ACC-006",
            "This server has no app at " + std::string(platform.title()) + " yet",
            "Register one there with the redirect address " + redirect_uri + ", then set " + setting +
                "_CLIENT_ID and " + setting + "_CLIENT_SECRET (docs/platforms/" + std::string(platform.name()) +
                ".md).",
            {},
            {}};
}

Fault wrong_member(const std::string& name, std::string detail)
{
    std::string sentence = name + " " + detail;
    return {FaultKind::invalid, "VT-REQ-004", std::move(sentence), "", {{"/" + name, std::move(detail)}}, {}};
}

// Networks have words of their own for "the person pressed No".
std::string refusal_words(const Platform& platform, const std::string& error, const std::string& description)
{
    if (error == "access_denied" || error.starts_with("user_cancelled"))
        return "the permission was refused over there";
    return std::string(platform.title()) + " says: " + (description.empty() ? error : description);
}

NewAccount account_of(const Platform& platform, const std::string& base_url, ConnectedIdentity&& identity,
                      const AppCredentials& app, Instant now)
{
    NewAccount account{
        std::string(platform.name()), std::move(identity.name), std::move(identity.remote_id), base_url, {}};
    const AppCredentials& of = identity.app ? *identity.app : app;
    account.tokens.client_id = of.client_id;
    account.tokens.client_secret = of.client_secret;
    account.tokens.access_token = std::move(identity.access_token);
    account.tokens.refresh_token = std::move(identity.refresh_token);
    if (identity.expires_in)
        account.tokens.access_expires_at = now + *identity.expires_in;
    if (identity.refresh_token_expires_in)
        account.tokens.refresh_expires_at = now + *identity.refresh_token_expires_in;
    return account;
}

json::value moment_json(std::optional<Instant> moment)
{
    return moment ? json::value(micros(*moment)) : json::value();
}

std::optional<Instant> moment_in(const json::object& object, const char* name)
{
    const json::value& value = object.at(name);
    return value.is_int64() ? std::optional(Instant{std::chrono::microseconds(value.get_int64())}) : std::nullopt;
}

json::object to_json(const NewAccount& account)
{
    const AccountTokens& tokens = account.tokens;
    return {{"name", account.name},
            {"remote_id", account.remote_id},
            {"client_id", tokens.client_id},
            {"client_secret", tokens.client_secret.reveal()},
            {"access_token", tokens.access_token.reveal()},
            {"refresh_token", tokens.refresh_token.reveal()},
            {"access_expires_at", moment_json(tokens.access_expires_at)},
            {"refresh_expires_at", moment_json(tokens.refresh_expires_at)}};
}

std::string text_in(const json::object& object, const char* name)
{
    return std::string(object.at(name).as_string());
}

struct Pasted {
    std::string code, state, error, description;
};

// What a person copies is the code alone, or the address that the browser was sent to.
Pasted parse_pasted(std::string text)
{
    const auto blank = [](unsigned char c) { return std::isspace(c) != 0; };
    std::erase_if(text, blank);
    const std::size_t query = text.find('?');
    if (query == text.npos)
        return {std::move(text), {}, {}, {}};
    text = text.substr(query + 1, text.find('#') - query - 1);
    Pasted pasted;
    for (auto& [name, value] : parse_form(text, 100).value_or(FormFields{})) {
        if (name == "code")
            pasted.code = std::move(value);
        else if (name == "state")
            pasted.state = std::move(value);
        else if (name == "error")
            pasted.error = std::move(value);
        else if (name == "error_description")
            pasted.description = std::move(value);
    }
    return pasted;
}

constexpr std::pair<Stage, std::string_view> stage_words[]{
    {Stage::waiting, "waiting"},     {Stage::exchanging, "exchanging"}, {Stage::choosing, "choosing"},
    {Stage::connected, "connected"}, {Stage::failed, "failed"},         {Stage::expired, "expired"}};

Stage stage_named(std::string_view word)
{
    for (const auto& [stage, name] : stage_words)
        if (name == word)
            return stage;
    throw std::runtime_error("a visit is at an unknown stage: " + std::string(word));
}

} // namespace

// A row.
struct ConsentVisits::Kept {
    VisitId id;
    std::string browser_digest; // "" where any browser will do
    std::string state_digest;   // of a new one only
    std::string platform, base_url, redirect_uri, verifier_sealed, client_id, client_secret_sealed;
    Stage stage = Stage::waiting;
    std::string reason, identities_sealed, account_id;
    Instant expires_at{};
};

std::string_view stage_word(Stage stage)
{
    for (const auto& [known, name] : stage_words)
        if (known == stage)
            return name;
    return "";
}

ConsentVisits::ConsentVisits(Database& database, const Vault& vault, const Platforms& platforms, RegisteredApps apps,
                             Networks networks, std::string sandbox_page, Wire& wire, Connections& connections,
                             const Clock& clock)
    : db_(database),
      vault_(vault),
      platforms_(platforms),
      apps_(std::move(apps)),
      networks_(networks),
      sandbox_page_(std::move(sandbox_page)),
      wire_(wire),
      connections_(connections),
      clock_(clock)
{
}

bool ConsentVisits::has_app_for(const Platform& platform) const
{
    return platform.has_servers() || networks_ == Networks::sandbox || apps_.contains(platform.name());
}

std::string ConsentVisits::server_to_suggest(const Platform& platform) const
{
    const bool is_known = platform.has_servers() && networks_ == Networks::sandbox;
    return is_known ? "https://" + std::string(platform.name()) + ".sandbox.test" : "";
}

Task<Result<AppCredentials>> ConsentVisits::app_for(const Platform& platform, std::string base_url,
                                                    std::string redirect_uri)
{
    if (auto send = platform.consent()->register_app(base_url, redirect_uri)) {
        Wire::Parcel parcel{std::move(*send), {}, nullptr, {}};
        const Wire::Outcome outcome = co_await wire_.carry(std::move(parcel));
        const auto* reply = std::get_if<HttpReply>(&outcome);
        if (!reply)
            co_return not_asked(platform, std::get<WireLoss>(outcome).why);
        auto app = platform.consent()->on_registered(*reply);
        if (!app)
            co_return not_taken(platform, "this server does not register apps as Mastodon does (it answered " +
                                              std::to_string(reply->status) + ")");
        co_return std::move(*app);
    }
    if (networks_ == Networks::sandbox) {
        AppCredentials known{std::string(sandbox_client_id), Secret(std::string(sandbox_client_secret))};
        co_return known;
    }
    const auto found = apps_.find(platform.name());
    if (found == apps_.end())
        co_return no_app(platform, redirect_uri);
    co_return found->second;
}

Task<Result<ConsentVisits::Begun>> ConsentVisits::begin(Wanted wanted)
{
    const Platform* platform = find_platform(platforms_, wanted.platform);
    if (!platform)
        co_return wrong_member("platform", "is unknown; known: " + platform_names(platforms_));
    if (!platform->consent())
        co_return no_consent_page(*platform, "It has no consent page: sign in with a name and a password.");
    if (platform->has_servers() == wanted.base_url.empty())
        co_return wrong_member("base_url", platform->has_servers()
                                               ? "is missing: the server's address, such as https://mastodon.example"
                                               : "is not for this platform");
    if (platform->has_servers()) {
        const auto server = parse_typed_server(wanted.base_url);
        if (!server)
            co_return wrong_member("base_url", "must be an address such as https://mastodon.example, without a path");
        wanted.base_url = *server;
    }
    auto app = co_await app_for(*platform, wanted.base_url, wanted.redirect_uri);
    if (!app)
        co_return app.error();

    Begun begun;
    begun.state = random_hex(random_bytes);
    begun.browser = wanted.from_this_browser ? random_hex(random_bytes) : "";
    const ConsentVisit visit{std::move(*app), wanted.base_url, wanted.redirect_uri, begun.state,
                             random_hex(random_bytes)};
    begun.page = platform->consent()->page(visit);
    constexpr std::string_view scheme = "https://";
    if (networks_ == Networks::sandbox && !sandbox_page_.empty() && begun.page.starts_with(scheme))
        begun.page = sandbox_page_ + "/at/" + begun.page.substr(scheme.size());

    Kept fresh;
    fresh.id = VisitId::make(clock_.now());
    fresh.state_digest = sha256_hex(begun.state);
    fresh.browser_digest = begun.browser.empty() ? "" : sha256_hex(begun.browser);
    fresh.platform = wanted.platform;
    fresh.base_url = wanted.base_url;
    fresh.redirect_uri = wanted.redirect_uri;
    fresh.verifier_sealed = vault_.seal(Secret(visit.verifier), fresh.id.text(), sealed_as::verifier);
    fresh.client_id = visit.app.client_id;
    fresh.client_secret_sealed = vault_.seal(visit.app.client_secret, fresh.id.text(), sealed_as::client_secret);
    fresh.expires_at = clock_.now() + good_for;
    begun.visit = visit_of(fresh);
    co_await add(std::move(fresh));
    co_return begun;
}

Task<> ConsentVisits::add(Kept fresh)
{
    static constexpr Sql insert{
        "INSERT INTO consent_visits (id, state_digest, browser_digest, platform, base_url, sandbox, redirect_uri,"
        " verifier_sealed, client_id, client_secret_sealed, stage, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"};
    const std::int64_t sandbox = networks_ == Networks::sandbox ? 1 : 0;
    co_await db_.write(insert, fresh.id.text(), fresh.state_digest, fresh.browser_digest, fresh.platform,
                       fresh.base_url, sandbox, fresh.redirect_uri, fresh.verifier_sealed, fresh.client_id,
                       fresh.client_secret_sealed, std::string(stage_word(fresh.stage)), micros(clock_.now()),
                       micros(fresh.expires_at));
}

Task<std::optional<ConsentVisits::Kept>> ConsentVisits::find_kept(std::string platform, std::string id,
                                                                  std::string state)
{
    static constexpr Sql by_state{"SELECT " VISIT_COLUMNS
                                  " FROM consent_visits WHERE state_digest = $1 AND platform = $2 AND sandbox = $3"};
    static constexpr Sql by_id{"SELECT " VISIT_COLUMNS
                               " FROM consent_visits WHERE id = $1 AND platform = $2 AND sandbox = $3"};
    const std::int64_t sandbox = networks_ == Networks::sandbox ? 1 : 0;
    const bool has_state = !state.empty();
    const std::string key = has_state ? sha256_hex(state) : id;
    const Rows rows = co_await db_.read(has_state ? by_state : by_id, key, platform, sandbox);
    if (rows.empty())
        co_return std::nullopt;
    const Row row = rows.front();
    Kept kept;
    kept.id = VisitId::parse(row.text(0)).value();
    kept.browser_digest = row.text(1);
    kept.platform = row.text(2);
    kept.base_url = row.text(3);
    kept.redirect_uri = row.text(4);
    kept.verifier_sealed = row.text(5);
    kept.client_id = row.text(6);
    kept.client_secret_sealed = row.text(7);
    kept.stage = stage_named(row.text(8));
    kept.reason = row.text(9);
    kept.identities_sealed = row.text(10);
    kept.account_id = row.text(11);
    kept.expires_at = Instant{std::chrono::microseconds(row.integer(12))};
    const bool is_left =
        kept.stage == Stage::waiting || kept.stage == Stage::exchanging || kept.stage == Stage::choosing;
    if (is_left && kept.expires_at <= clock_.now())
        kept.stage = Stage::expired;
    co_return kept;
}

Task<Result<Visit>> ConsentVisits::find(std::string platform, VisitId id)
{
    const auto kept = co_await find_kept(std::move(platform), id.text(), "");
    if (!kept)
        co_return no_such_visit();
    co_return visit_of(*kept);
}

Task<Result<ConsentVisits::Kept>> ConsentVisits::find_in_browser(Return who)
{
    std::optional<Kept> kept;
    if (!who.state.empty())
        kept = co_await find_kept(who.platform, "", who.state);
    if (!kept || kept->stage == Stage::expired)
        co_return no_such_visit();
    if (!kept->browser_digest.empty() && kept->browser_digest != sha256_hex(who.browser))
        co_return other_browser(kept->redirect_uri);
    co_return std::move(*kept);
}

Task<Result<Visit>> ConsentVisits::come_back(Return brought)
{
    auto kept = co_await find_in_browser(brought);
    if (!kept)
        co_return kept.error();
    if (kept->stage != Stage::waiting)
        co_return visit_of(*kept); // the page was loaded again
    const bool first = co_await claim(*kept);
    if (!first)
        co_return co_await look_again(std::move(*kept));
    if (brought.code.empty()) {
        const Platform& platform = *find_platform(platforms_, kept->platform);
        const std::string error = brought.error.empty() ? "no code came back" : brought.error;
        co_return co_await fail(std::move(*kept), refusal_words(platform, error, brought.description));
    }
    co_return co_await exchange(std::move(*kept), std::move(brought.code));
}

Task<Result<Visit>> ConsentVisits::take_code(std::string platform, VisitId id, std::string pasted)
{
    const Fault not_waiting{FaultKind::conflict,
                            "VT-ACC-009",
                            "This visit to a consent page does not wait for a code",
                            "Look at it; where it failed, begin again.",
                            {},
                            {}};
    auto kept = co_await find_kept(std::move(platform), id.text(), "");
    if (!kept || kept->stage == Stage::expired)
        co_return no_such_visit();
    Pasted brought = parse_pasted(std::move(pasted));
    if (brought.code.empty() && brought.error.empty())
        co_return wrong_member("code", "is neither a code nor an address with one");
    if (!brought.state.empty()) {
        const auto of_state = co_await find_kept(kept->platform, "", brought.state);
        if (!of_state || of_state->id != kept->id)
            co_return wrong_member("code", "is of another visit to a consent page");
    }
    const bool first = co_await claim(*kept);
    if (!first)
        co_return not_waiting;
    if (brought.code.empty()) {
        const Platform& of = *find_platform(platforms_, kept->platform);
        co_return co_await fail(std::move(*kept), refusal_words(of, brought.error, brought.description));
    }
    co_return co_await exchange(std::move(*kept), std::move(brought.code));
}

// Whoever changes the row exchanges the code; everybody else finds it changed.
Task<bool> ConsentVisits::claim(const Kept& kept)
{
    static constexpr Sql take{"UPDATE consent_visits SET stage = 'exchanging' WHERE id = $1 AND stage = 'waiting'"
                              " AND expires_at > $2"};
    const Rows rows = co_await db_.write(take, kept.id.text(), micros(clock_.now()));
    co_return rows.changed() == 1;
}

Task<Visit> ConsentVisits::exchange(Kept kept, std::string code)
{
    const Platform& platform = *find_platform(platforms_, kept.platform);
    ConsentVisit visit{{kept.client_id, {}}, kept.base_url, kept.redirect_uri, "", ""};
    std::string trouble;
    try {
        visit.app.client_secret = vault_.open(kept.client_secret_sealed, kept.id.text(), sealed_as::client_secret);
        visit.verifier = vault_.open(kept.verifier_sealed, kept.id.text(), sealed_as::verifier).reveal();
    } catch (const VaultError&) {
        trouble = "the server's secret key was changed meanwhile";
    }
    if (!trouble.empty())
        co_return co_await fail(std::move(kept), trouble);
    const auto exchange = platform.consent()->exchange(visit, std::move(code));
    ConsentStep end = co_await converse(wire_, *exchange);
    co_return co_await settle(std::move(kept), std::move(end), visit.app);
}

Task<Visit> ConsentVisits::settle(Kept kept, ConsentStep end, AppCredentials app)
{
    static constexpr Sql ask{"UPDATE consent_visits SET stage = 'choosing', identities_sealed = $2, expires_at = $3,"
                             " verifier_sealed = '', client_secret_sealed = '' WHERE id = $1"};
    if (const auto* refused = std::get_if<NotGranted>(&end))
        co_return co_await fail(std::move(kept), refused->why);
    if (const auto* later = std::get_if<GrantLater>(&end))
        co_return co_await fail(std::move(kept), later->why + "; nothing was kept, so try again");
    const Platform& platform = *find_platform(platforms_, kept.platform);
    std::vector<NewAccount> accounts;
    for (ConnectedIdentity& identity : std::get<Granted>(end).identities)
        accounts.push_back(account_of(platform, kept.base_url, std::move(identity), app, clock_.now()));
    if (accounts.size() == 1)
        co_return co_await connect(std::move(kept), std::move(accounts.front()));
    json::array list;
    for (const NewAccount& account : accounts)
        list.push_back(to_json(account));
    kept.stage = Stage::choosing;
    kept.expires_at = clock_.now() + good_for;
    kept.identities_sealed = vault_.seal(Secret(json::serialize(list)), kept.id.text(), sealed_as::identities);
    co_await db_.write(ask, kept.id.text(), kept.identities_sealed, micros(kept.expires_at));
    co_return visit_of(kept);
}

// The account and the end of the visit are one change: whoever asks finds both, or neither.
Task<Visit> ConsentVisits::connect(Kept kept, NewAccount account)
{
    static constexpr Sql end{
        "UPDATE consent_visits SET stage = 'connected', account_id = $3, identities_sealed = '', verifier_sealed = '',"
        " client_secret_sealed = '' WHERE id = $1 AND stage = $2"};
    auto transaction = co_await db_.begin();
    const Account connected = co_await connections_.keep(*transaction, std::move(account));
    const std::string from(kept.stage == Stage::choosing ? "choosing" : "exchanging");
    const Rows rows = co_await transaction->run(end, kept.id.text(), from, connected.id.text());
    if (rows.changed() != 1) {
        transaction.reset(); // somebody chose at the same time, and was first
        co_return co_await look_again(std::move(kept));
    }
    co_await transaction->commit();
    connections_.wake();
    kept.stage = Stage::connected;
    kept.account_id = connected.id.text();
    co_return visit_of(kept);
}

Task<Visit> ConsentVisits::fail(Kept kept, std::string why)
{
    static constexpr Sql end{"UPDATE consent_visits SET stage = 'failed', reason = $2, verifier_sealed = '',"
                             " client_secret_sealed = '' WHERE id = $1"};
    co_await db_.write(end, kept.id.text(), why);
    kept.stage = Stage::failed;
    kept.reason = std::move(why);
    co_return visit_of(kept);
}

Task<Visit> ConsentVisits::look_again(Kept kept)
{
    const auto now = co_await find_kept(kept.platform, kept.id.text(), "");
    co_return visit_of(now ? *now : kept);
}

Task<Result<Visit>> ConsentVisits::choose_in_browser(Return who, std::string remote_id)
{
    auto kept = co_await find_in_browser(std::move(who));
    if (!kept)
        co_return kept.error();
    co_return co_await choose_of(std::move(*kept), std::move(remote_id));
}

Task<Result<Visit>> ConsentVisits::choose(std::string platform, VisitId id, std::string remote_id)
{
    auto kept = co_await find_kept(std::move(platform), id.text(), "");
    if (!kept || kept->stage == Stage::expired)
        co_return no_such_visit();
    co_return co_await choose_of(std::move(*kept), std::move(remote_id));
}

Task<Result<Visit>> ConsentVisits::choose_of(Kept kept, std::string remote_id)
{
    if (kept.stage == Stage::connected)
        co_return visit_of(kept); // the form was sent again
    auto accounts = identities_of(kept);
    const auto chosen = std::ranges::find(accounts, remote_id, &NewAccount::remote_id);
    if (chosen == accounts.end()) {
        Fault unknown{FaultKind::unprocessable, "VT-ACC-010", "That is none of those to choose from",
                      "The visit lists them.",  {},           {}};
        co_return unknown;
    }
    co_return co_await connect(std::move(kept), std::move(*chosen));
}

Task<Result<Visit>> ConsentVisits::sign_in(std::string platform_name, SignIn with)
{
    const Platform* platform = find_platform(platforms_, platform_name);
    if (!platform)
        co_return wrong_member("platform", "is unknown; known: " + platform_names(platforms_));
    const auto server = parse_typed_server(with.base_url);
    if (platform->has_servers() && !server)
        co_return wrong_member("base_url", "must be an address such as https://peertube.example, without a path");
    with.base_url = platform->has_servers() ? *server : "";
    const auto exchange = platform->sign_in(with);
    if (!exchange)
        co_return no_consent_page(*platform, "It is connected on its own consent page, in a browser.");
    ConsentStep end = co_await converse(wire_, *exchange);
    if (const auto* refused = std::get_if<NotGranted>(&end))
        co_return not_taken(*platform, refused->why);
    if (const auto* later = std::get_if<GrantLater>(&end))
        co_return not_asked(*platform, later->why);
    Kept fresh;
    fresh.id = VisitId::make(clock_.now());
    fresh.state_digest = sha256_hex(random_hex(random_bytes)); // nobody comes back with it
    fresh.platform = platform_name;
    fresh.base_url = with.base_url;
    fresh.stage = Stage::exchanging;
    fresh.expires_at = clock_.now() + good_for;
    co_await add(fresh);
    const AppCredentials none; // the identities bring theirs
    co_return co_await settle(std::move(fresh), std::move(end), none);
}

std::vector<NewAccount> ConsentVisits::identities_of(const Kept& kept) const
{
    std::vector<NewAccount> accounts;
    if (kept.stage != Stage::choosing)
        return accounts;
    Secret text;
    try {
        text = vault_.open(kept.identities_sealed, kept.id.text(), sealed_as::identities);
    } catch (const VaultError&) {
        return accounts; // sealed with another secret key
    }
    const json::value list = json::parse(text.reveal());
    for (const json::value& value : list.as_array()) {
        const json::object& one = value.as_object();
        NewAccount account{kept.platform, text_in(one, "name"), text_in(one, "remote_id"), kept.base_url, {}};
        account.tokens.client_id = text_in(one, "client_id");
        account.tokens.client_secret = Secret(text_in(one, "client_secret"));
        account.tokens.access_token = Secret(text_in(one, "access_token"));
        account.tokens.refresh_token = Secret(text_in(one, "refresh_token"));
        account.tokens.access_expires_at = moment_in(one, "access_expires_at");
        account.tokens.refresh_expires_at = moment_in(one, "refresh_expires_at");
        accounts.push_back(std::move(account));
    }
    return accounts;
}

Visit ConsentVisits::visit_of(const Kept& kept) const
{
    Visit visit{kept.id, kept.platform,  kept.base_url, kept.redirect_uri, kept.stage, kept.reason, {},
                {},      kept.expires_at};
    visit.account = AccountId::parse(kept.account_id);
    for (const NewAccount& account : identities_of(kept))
        visit.choices.push_back({account.remote_id, account.name});
    if (visit.stage == Stage::choosing && visit.choices.empty()) {
        visit.stage = Stage::failed;
        visit.reason = "the server's secret key was changed meanwhile";
    }
    return visit;
}

Task<> ConsentVisits::forget_old()
{
    static constexpr Sql remove{"DELETE FROM consent_visits WHERE expires_at < $1"};
    co_await db_.write(remove, micros(clock_.now() - kept_for));
}

} // namespace vitrina

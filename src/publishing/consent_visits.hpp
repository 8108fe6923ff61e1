#pragma once
#include "core/vault.hpp"
#include "publishing/connections.hpp"
#include "publishing/consent.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrina {

// The apps that the operator has registered with the networks, by the platform's name.
using RegisteredApps = std::map<std::string, AppCredentials, std::less<>>;

// A person on the way to a network's consent page and back.
struct Visit {
    VisitId id;
    std::string platform;
    std::string base_url;     // "" where the platform has one server only
    std::string redirect_uri; // where the network sends the browser back to
    enum class Stage {
        waiting,    // for the person to come back
        exchanging, // what they brought is being exchanged for tokens
        choosing,   // they can be published as several, and say which
        connected,
        failed,
        expired,    // nobody came back in time
    } stage = Stage::waiting;
    std::string reason; // of failed, for a person
    struct Choice {
        std::string remote_id, name;
    };
    std::vector<Choice> choices;       // of choosing
    std::optional<AccountId> account;  // of connected
    Instant expires_at{};
};

// "waiting", …
std::string_view stage_word(Visit::Stage stage);

// Connecting an account where the network has a consent page: what is random about a visit, its one return, the
// exchange of what it brought, and the choice among several identities. A visit is good for ten minutes and for one
// return; of its state and of the browser it belongs to only digests are kept.
class ConsentVisits {
public:
    // `sandbox_page`: where a browser reaches the stand-ins' consent pages; "" where it goes to the real ones.
    ConsentVisits(Database& database, const Vault& vault, const Platforms& platforms, RegisteredApps apps,
                  Networks networks, std::string sandbox_page, Wire& wire, Connections& connections,
                  const Clock& clock);

    // Whether people can begin: an app is there, or none is needed.
    bool has_app_for(const Platform& platform) const;

    // A server to begin with, where people choose one and there is but one: the stand-in. Else "".
    std::string server_to_suggest(const Platform& platform) const;

    struct Wanted {
        std::string platform, base_url, redirect_uri;
        bool from_this_browser = true; // else it ends in any browser: it was begun on a terminal
    };
    struct Begun {
        Visit visit;
        std::string page;    // where the person goes
        std::string state;   // in that address as well
        std::string browser; // the secret that the browser keeps; "" when it may be any
    };
    // invalid (VT-REQ-004) for an unknown platform or a wrong server, unprocessable (VT-ACC-005) where the network has
    // no consent page, conflict (VT-ACC-006) where no app is registered, VT-ACC-002 and -003 when the server that
    // people chose does not register us.
    Task<Result<Begun>> begin(Wanted wanted);

    // missing (VT-ACC-007).
    Task<Result<Visit>> find(std::string platform, VisitId id);

    // What the browser brings back.
    struct Return {
        std::string platform, state;
        std::string browser; // the secret it keeps; "" when it has none
        std::string code, error, description;
    };
    // A second return finds what became of the first. missing (VT-ACC-007) for a state that nobody knows or that is
    // too old, forbidden (VT-ACC-008) for another browser. What the network says is in the visit.
    Task<Result<Visit>> come_back(Return brought);
    // The same for what a person copied: the code, or the whole address that the browser was sent to.
    // conflict (VT-ACC-009) when the visit does not wait for one.
    Task<Result<Visit>> take_code(std::string platform, VisitId id, std::string pasted);

    // Which of several, in the browser, and wherever the visit was begun. unprocessable (VT-ACC-010) for none of them.
    Task<Result<Visit>> choose_in_browser(Return who, std::string remote_id);
    Task<Result<Visit>> choose(std::string platform, VisitId id, std::string remote_id);

    // With a name and a password, where the network has no consent page (else VT-ACC-005). VT-ACC-002 and -003 when
    // it does not take them.
    Task<Result<Visit>> sign_in(std::string platform, SignIn with);

    // Removes those that ended or were left an hour ago.
    Task<> forget_old();

private:
    struct Kept;
    Task<std::optional<Kept>> find_kept(std::string platform, std::string id, std::string state);
    Task<Result<Kept>> find_in_browser(Return who);
    Task<Result<AppCredentials>> app_for(const Platform& platform, std::string base_url, std::string redirect_uri);
    Task<> add(Kept fresh);
    Task<bool> claim(const Kept& kept);
    Task<Visit> exchange(Kept kept, std::string code);
    Task<Visit> settle(Kept kept, ConsentStep end, AppCredentials app);
    Task<Visit> connect(Kept kept, NewAccount account);
    Task<Visit> fail(Kept kept, std::string why);
    Task<Result<Visit>> choose_of(Kept kept, std::string remote_id);
    Task<Visit> look_again(Kept kept);
    std::vector<NewAccount> identities_of(const Kept& kept) const;
    Visit visit_of(const Kept& kept) const;

    Database& db_;
    const Vault& vault_;
    const Platforms& platforms_;
    const RegisteredApps apps_;
    const Networks networks_;
    const std::string sandbox_page_;
    Wire& wire_;
    Connections& connections_;
    const Clock& clock_;
};

} // namespace vitrina

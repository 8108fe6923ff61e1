#pragma once
#include "core/secret.hpp"
#include "core/step.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace vitrina {

// The program that was registered with the network: by the operator, or by itself on a server that people chose.
struct AppCredentials {
    std::string client_id;
    Secret client_secret;
};

// One person's way to the network's consent page and back.
struct ConsentVisit {
    AppCredentials app;
    std::string base_url;     // where people choose their server; else ""
    std::string redirect_uri; // exactly as it is registered
    std::string state;        // random, ours: what comes back has to carry it
    std::string verifier;     // PKCE's; the network decides in which shape its challenge is sent, if at all
};

// Somebody who can be published as, with the tokens to do it: a channel, a page, a person.
struct ConnectedIdentity {
    std::string remote_id, name;
    Secret access_token, refresh_token;                           // no refresh token: ""
    std::optional<std::chrono::seconds> expires_in;               // the access token; nothing: it does not end
    std::optional<std::chrono::seconds> refresh_token_expires_in;
    std::optional<AppCredentials> app; // where the network said itself what refreshing needs
};

// At least one; of several, the person chooses.
struct Granted {
    std::vector<ConnectedIdentity> identities;
};
// The person said no, left out a permission that is needed, or has nothing there to publish to.
struct NotGranted {
    std::string why; // a sentence for the person
};
struct GrantLater {
    std::string why;
};
using ConsentStep = std::variant<Send, Granted, NotGranted, GrantLater>;

// From the code that came back to the identities it opens. Its Sends hold secrets, and carry their own Authorization
// (Send::Credentials::none): nothing of it is logged or kept. Where no answer comes, the person begins anew.
class ConsentExchange {
public:
    virtual ~ConsentExchange() = default;
    virtual ConsentStep resume() = 0;
    virtual ConsentStep on_reply(const HttpReply& reply) = 0;
};

// A network's consent page, in a browser.
class Consent {
public:
    virtual ~Consent() = default;
    // Where the browser is sent.
    virtual std::string page(const ConsentVisit& visit) const = 0;
    virtual std::unique_ptr<ConsentExchange> exchange(const ConsentVisit& visit, std::string code) const = 0;

    // Where people choose their server, we register with each by ourselves. Nothing: the operator has to do it.
    virtual std::optional<Send> register_app(const std::string& base_url, const std::string& redirect_uri) const
    {
        static_cast<void>(base_url);
        static_cast<void>(redirect_uri);
        return std::nullopt;
    }
    virtual std::optional<AppCredentials> on_registered(const HttpReply& reply) const
    {
        static_cast<void>(reply);
        return std::nullopt;
    }
};

// Name and password, where a network has no consent page. They are used once and not kept.
struct SignIn {
    std::string base_url, name;
    Secret password;
    std::string one_time_code; // of a second factor; "" without one
};

} // namespace vitrina

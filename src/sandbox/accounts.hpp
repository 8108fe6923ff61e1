#pragma once
#include "sandbox/sqlite.hpp"

#include <optional>

namespace vitrina::sandbox {

// A made-up person on one of the networks. The credentials open nothing anywhere else.
struct Account {
    std::string network, name;
    std::string id; // the network's own: channel, account number
    std::string password;
    std::string options = "{}"; // JSON: {"audited": false} and the like
};

// A program that was registered with a network.
struct Client {
    std::string network, id, secret, name, redirect_uris, scopes;
};

struct Token {
    std::string value;
    std::string kind; // "access", "refresh", "code"
    std::string network, account, client;
    std::string scopes; // separated by spaces
    std::string details; // of a code: redirect_uri and PKCE challenge, as the network wrote them
    Instant expires{};
};

class Accounts {
public:
    explicit Accounts(Sqlite& database);

    void add(const Account& account); // replaces the one of that name
    std::optional<Account> find(std::string_view network, std::string_view name) const;
    std::vector<Account> list() const;

    void add(const Client& client);
    std::optional<Client> find_client(std::string_view network, std::string_view id) const;

    void add(const Token& token);
    // Expired ones as well: the caller says what that means.
    std::optional<Token> find_token(std::string_view network, std::string_view kind, std::string_view value) const;
    void remove_token(std::string_view value);
    void remove_tokens(std::string_view network, std::string_view account, std::string_view kind);
    void expire_token(std::string_view value, Instant now);

private:
    Sqlite& database_;
};

// True when one of the wanted scopes is among those granted.
bool grants(const Token& token, std::initializer_list<std::string_view> wanted);

} // namespace vitrina::sandbox

#include "sandbox/accounts.hpp"

#include <algorithm>
#include <sstream>

namespace vitrina::sandbox {

Accounts::Accounts(Sqlite& database) : database_(database)
{
    database_.run("CREATE TABLE IF NOT EXISTS accounts (network TEXT, name TEXT, id TEXT, password TEXT, options TEXT,"
                  " PRIMARY KEY (network, name))");
    database_.run("CREATE TABLE IF NOT EXISTS clients (network TEXT, id TEXT, secret TEXT, name TEXT,"
                  " redirect_uris TEXT, scopes TEXT, PRIMARY KEY (network, id))");
    database_.run("CREATE TABLE IF NOT EXISTS tokens (value TEXT PRIMARY KEY, kind TEXT, network TEXT, account TEXT,"
                  " client TEXT, scopes TEXT, details TEXT, expires INTEGER)");
}

void Accounts::add(const Account& account)
{
    database_.run("INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?)", account.network, account.name, account.id,
                  account.password, account.options);
}

std::optional<Account> Accounts::find(std::string_view network, std::string_view name) const
{
    const auto rows = database_.rows("SELECT * FROM accounts WHERE network = ? AND name = ?", network, name);
    if (rows.empty())
        return std::nullopt;
    const auto& row = rows.front();
    return Account{row[0], row[1], row[2], row[3], row[4]};
}

std::vector<Account> Accounts::list() const
{
    std::vector<Account> accounts;
    for (const auto& row : database_.rows("SELECT * FROM accounts ORDER BY network, name"))
        accounts.push_back({row[0], row[1], row[2], row[3], row[4]});
    return accounts;
}

void Accounts::add(const Client& client)
{
    database_.run("INSERT OR REPLACE INTO clients VALUES (?, ?, ?, ?, ?, ?)", client.network, client.id, client.secret,
                  client.name, client.redirect_uris, client.scopes);
}

std::optional<Client> Accounts::find_client(std::string_view network, std::string_view id) const
{
    const auto rows = database_.rows("SELECT * FROM clients WHERE network = ? AND id = ?", network, id);
    if (rows.empty())
        return std::nullopt;
    const auto& row = rows.front();
    return Client{row[0], row[1], row[2], row[3], row[4], row[5]};
}

void Accounts::add(const Token& token)
{
    database_.run("INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?)", token.value, token.kind, token.network,
                  token.account, token.client, token.scopes, token.details, token.expires);
}

std::optional<Token> Accounts::find_token(std::string_view network, std::string_view kind, std::string_view value) const
{
    const auto rows =
        database_.rows("SELECT * FROM tokens WHERE network = ? AND kind = ? AND value = ?", network, kind, value);
    if (rows.empty())
        return std::nullopt;
    const auto& row = rows.front();
    return Token{row[0], row[1], row[2], row[3], row[4], row[5], row[6], to_instant(row[7])};
}

void Accounts::remove_token(std::string_view value)
{
    database_.run("DELETE FROM tokens WHERE value = ?", value);
}

void Accounts::remove_tokens(std::string_view network, std::string_view account, std::string_view kind)
{
    database_.run("DELETE FROM tokens WHERE network = ? AND account = ? AND kind = ?", network, account, kind);
}

void Accounts::expire_token(std::string_view value, Instant now)
{
    database_.run("UPDATE tokens SET expires = ? WHERE value = ?", now, value);
}

bool grants(const Token& token, std::initializer_list<std::string_view> wanted)
{
    std::istringstream scopes(token.scopes);
    for (std::string scope; scopes >> scope;)
        if (std::find(wanted.begin(), wanted.end(), scope) != wanted.end())
            return true;
    return false;
}

} // namespace vitrina::sandbox

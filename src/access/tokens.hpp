#pragma once
#include "access/permission.hpp"
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/secret.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// A caller's key. Its text is shown once, when it is made; nobody can read it back.
struct Token {
    TokenId id;
    std::string name; // whose it is, in the operator's words
    Permissions permissions;
    Instant created_at;
    std::optional<Instant> expires_at;
    std::optional<Instant> last_used_at; // to the hour
    std::optional<Instant> revoked_at;

    bool is_valid(Instant now) const { return !revoked_at && (!expires_at || now < *expires_at); }
};

struct NewToken {
    std::string name;
    Permissions permissions;
    std::optional<Instant> expires_at;
};

struct MadeToken {
    Token token;
    Secret text;
};

class Tokens {
public:
    Tokens(Database& database, const Clock& clock) : db_(database), clock_(clock) {}

    Task<MadeToken> make(NewToken token);
    // Revoked and expired ones too, newest first.
    Task<std::vector<Token>> list();
    // False when there is none, or it was revoked before.
    Task<bool> revoke(TokenId id);
    // The valid token with this text. Costs one indexed read, and a write at most once an hour.
    Task<std::optional<Token>> find(std::string text);
    // Whether anybody could come in.
    Task<bool> any_valid();

private:
    Task<> note_use(Token token);

    Database& db_;
    const Clock& clock_;
};

} // namespace vitrina

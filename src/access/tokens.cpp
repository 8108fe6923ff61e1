#include "access/tokens.hpp"

#include "access/token_text.hpp"
#include "core/log.hpp"

#include <stdexcept>

namespace vitrina {

namespace {

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

std::optional<Instant> instant_at(const Row& row, std::size_t column)
{
    if (row.is_null(column))
        return std::nullopt;
    return Instant{std::chrono::microseconds{row.integer(column)}};
}

// Columns: id, name, scopes, created_at, expires_at, last_used_at, revoked_at.
Token read_token(const Row& row)
{
    const auto id = TokenId::parse(row.text(0));
    const auto permissions = Permissions::parse(row.text(2));
    if (!id || !permissions)
        throw std::runtime_error("a row of tokens cannot be read");
    return {*id,
            std::string(row.text(1)),
            *permissions,
            Instant{std::chrono::microseconds{row.integer(3)}},
            instant_at(row, 4),
            instant_at(row, 5),
            instant_at(row, 6)};
}

} // namespace

Task<MadeToken> Tokens::make(NewToken wanted)
{
    static constexpr Sql insert{"INSERT INTO tokens (id, name, hash, scopes, created_at, expires_at) "
                                "VALUES ($1, $2, $3, $4, $5, $6)"};
    const Instant now = clock_.now();
    Token token{TokenId::make(now), std::move(wanted.name), wanted.permissions, now, wanted.expires_at, {}, {}};
    Secret text = make_token_text();
    std::vector<Value> values{token.id.text(), token.name, token_hash(text.reveal()), token.permissions.text(),
                              micros(now)};
    values.push_back(token.expires_at ? Value(micros(*token.expires_at)) : Value());
    co_await db_.write(insert, std::move(values));
    co_return MadeToken{std::move(token), std::move(text)};
}

Task<std::vector<Token>> Tokens::list()
{
    static constexpr Sql query{"SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at "
                               "FROM tokens ORDER BY id DESC"};
    const Rows rows = co_await db_.read(query);
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < rows.size(); ++i)
        tokens.push_back(read_token(rows[i]));
    co_return tokens;
}

Task<bool> Tokens::revoke(TokenId id)
{
    static constexpr Sql update{"UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL"};
    const Rows rows = co_await db_.write(update, id.text(), micros(clock_.now()));
    co_return rows.changed() == 1;
}

Task<std::optional<Token>> Tokens::find(std::string text)
{
    static constexpr Sql query{"SELECT id, name, scopes, created_at, expires_at, last_used_at, revoked_at "
                               "FROM tokens WHERE hash = $1"};
    if (!is_token_text(text))
        co_return std::nullopt;
    // Looked up by its hash: how long the index takes tells nothing about the text of any token.
    const Rows rows = co_await db_.read(query, token_hash(text));
    if (rows.empty())
        co_return std::nullopt;
    Token token = read_token(rows.front());
    if (!token.is_valid(clock_.now()))
        co_return std::nullopt;
    try {
        co_await note_use(token);
    } catch (const std::exception& error) { // a full disk must not lock everybody out
        log(LogLevel::warn, "when a token was used could not be noted",
            {{"token", token.id.text()}, {"error", error.what()}});
    }
    co_return token;
}

Task<> Tokens::note_use(Token token)
{
    // To the hour is enough to see which tokens are idle, and spares the database a write for every request.
    static constexpr Sql update{"UPDATE tokens SET last_used_at = $2 WHERE id = $1 AND "
                                "(last_used_at IS NULL OR last_used_at < $2)"};
    const auto hour = std::chrono::floor<std::chrono::hours>(clock_.now());
    if (!token.last_used_at || *token.last_used_at < hour)
        co_await db_.write(update, token.id.text(), micros(hour));
}

Task<bool> Tokens::any_valid()
{
    static constexpr Sql query{"SELECT 1 FROM tokens WHERE revoked_at IS NULL AND "
                               "(expires_at IS NULL OR expires_at > $1) LIMIT 1"};
    const Rows rows = co_await db_.read(query, micros(clock_.now()));
    co_return !rows.empty();
}

} // namespace vitrina

#include "db/resealing.hpp"

#include "core/fail_point.hpp"

#include <string>

namespace vitrina {
namespace {

constexpr std::int64_t page = 200;

// A key's id may hold what LIKE takes for a wildcard.
std::string sealed_otherwise(const SealedColumn& what, std::size_t start_size)
{
    const std::string column(what.column);
    return std::string(what.table) + " WHERE " + column + " <> '' AND SUBSTR(" + column + ", 1, " +
           std::to_string(start_size) + ") <> $1";
}

struct Statements {
    Sql list, swap, count;
};

Statements statements_for(const SealedColumn& what, std::size_t start_size)
{
    const std::string column(what.column), row(what.row), from = sealed_otherwise(what, start_size);
    return {Sql::of_schema("SELECT " + row + ", " + column + " FROM " + from + " AND " + row + " > $2 ORDER BY " + row +
                           " LIMIT $3"),
            Sql::of_schema("UPDATE " + std::string(what.table) + " SET " + column + " = $3 WHERE " + row +
                           " = $1 AND " + column + " = $2"),
            Sql::of_schema("SELECT COUNT(*) FROM " + from)};
}

Task<> reseal_page(Database& database, const Vault& vault, const SealedColumn& what, Sql swap, const Rows& found,
                   Resealed& done)
{
    auto transaction = co_await database.begin();
    for (std::size_t i = 0; i < found.size(); ++i) {
        std::string row(found[i].text(0)), before(found[i].text(1)), after;
        try {
            after = vault.seal(vault.open(before, row, what.purpose), row, what.purpose);
        } catch (const VaultError&) {
            ++done.unreadable;
            continue;
        }
        const Rows changed = co_await transaction->run(swap, std::move(row), std::move(before), std::move(after));
        done.rows += changed.changed();
    }
    FAIL_POINT("reseal.before_commit");
    co_await transaction->commit();
    FAIL_POINT("reseal.committed");
}

} // namespace

Task<Resealed> reseal(Database& database, const Vault& vault, std::span<const SealedColumn> columns)
{
    Resealed done;
    const std::string start = Vault::start_of(vault.key_id());
    for (const SealedColumn& what : columns) {
        const Statements statements = statements_for(what, start.size());
        std::string last;
        while (true) {
            const Rows found = co_await database.read(statements.list, start, last, page);
            if (found.empty())
                break;
            co_await reseal_page(database, vault, what, statements.swap, found, done);
            last = found[found.size() - 1].text(0);
        }
    }
    co_return done;
}

Task<std::int64_t> count_under_other_keys(Database& database, const Vault& vault, std::span<const SealedColumn> columns)
{
    std::int64_t count = 0;
    const std::string start = Vault::start_of(vault.key_id());
    for (const SealedColumn& what : columns) {
        const Rows rows = co_await database.read(statements_for(what, start.size()).count, start);
        count += rows.front().integer(0);
    }
    co_return count;
}

} // namespace vitrina

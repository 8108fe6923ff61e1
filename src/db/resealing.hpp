#pragma once
#include "core/vault.hpp"
#include "db/database.hpp"

#include <span>
#include <string_view>

namespace vitrina {

// A column that the vault seals.
struct SealedColumn {
    std::string_view table, column;
    std::string_view row;     // what the vault knows a row by, as SQL
    std::string_view purpose; // what the vault knows the column by
};

struct Resealed {
    std::int64_t rows = 0;
    std::int64_t unreadable = 0; // sealed with a key that is not here; they stay as they are
};

// Seals anew whatever is sealed with another key than the vault's present one, while others go on working with it: what
// somebody changed meanwhile is theirs. Goes on where it was interrupted. What is sealed with the former key during
// this by a process that does not know the present one yet is left for the next time.
Task<Resealed> reseal(Database& database, const Vault& vault, std::span<const SealedColumn> columns);

// How many are sealed with another key.
Task<std::int64_t> count_under_other_keys(Database& database, const Vault& vault,
                                          std::span<const SealedColumn> columns);

} // namespace vitrina

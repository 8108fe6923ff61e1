#include "db/migrations.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace vitrina {
namespace {

std::string named(const Migration& migration)
{
    return std::to_string(migration.number) + " (" + std::string(migration.name) + ")";
}

} // namespace

std::string migration_checksum(std::string_view text)
{
    std::uint64_t hash = 14695981039346656037u; // FNV-1a
    for (const char c : text)
        hash = (hash ^ std::uint8_t(c)) * 1099511628211u;
    char hex[17];
    std::snprintf(hex, sizeof hex, "%016llx", static_cast<unsigned long long>(hash));
    return hex;
}

std::vector<Migration> pending_migrations(std::span<const Migration> known, std::span<const AppliedMigration> applied,
                                          Dialect dialect)
{
    for (std::size_t i = 1; i < known.size(); ++i)
        if (known[i].number <= known[i - 1].number)
            throw std::logic_error("migration " + named(known[i]) + " is out of order");

    std::vector<Migration> pending(known.begin(), known.end());
    for (const AppliedMigration& done : applied) {
        const auto same_number = [&](const Migration& m) { return m.number == done.number; };
        const auto mine = std::find_if(pending.begin(), pending.end(), same_number);
        if (mine == pending.end())
            throw SchemaMismatch("the database is newer than this program: migration " +
                                 named({done.number, done.name, {}}) +
                                 " is not known here; start the version that made it, or restore a backup from "
                                 "before the upgrade");
        if (done.checksum != migration_checksum(mine->text(dialect)))
            throw SchemaMismatch("migration " + named(*mine) +
                                 " was applied with another text than this program "
                                 "has (a released migration never changes); start the version that made the "
                                 "database");
        pending.erase(mine);
    }
    return pending;
}

void check_nothing_pending(std::span<const Migration> known, std::span<const AppliedMigration> applied, Dialect dialect)
{
    const auto pending = pending_migrations(known, applied, dialect);
    if (!pending.empty())
        throw SchemaBehind("its schema is older than this program, by " + std::to_string(pending.size()) + " of " +
                           std::to_string(known.size()) + " migrations");
}

} // namespace vitrina

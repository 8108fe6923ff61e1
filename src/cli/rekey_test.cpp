#include "db/migrations.hpp"
#include "publishing/sealed_columns.hpp"
#include "webhooks/sealed_columns.hpp"

#include <doctest/doctest.h>
#include <set>
#include <sstream>
#include <string>

using namespace vitrina;

namespace {

// "accounts.access_token_sealed": every column that the migrations say is opened by the vault only.
std::set<std::string> sealed_in_the_schema()
{
    std::set<std::string> names;
    for (const Migration& migration : all_migrations()) {
        std::istringstream lines{std::string(migration.sql)};
        std::string table;
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string first, second, third;
            words >> first >> second >> third;
            if (first == "CREATE" && second == "TABLE")
                table = third.substr(0, third.find('('));
            else if (first == "sealed" || first.ends_with("_sealed"))
                names.insert(table + "." + first);
        }
    }
    return names;
}

} // namespace

TEST_CASE("a change of the key forgets no column that is sealed")
{
    std::set<std::string> changed;
    for (const SealedColumn& what : sealed_by_publishing)
        changed.insert(std::string(what.table) + "." + std::string(what.column));
    for (const SealedColumn& what : sealed_by_webhooks)
        changed.insert(std::string(what.table) + "." + std::string(what.column));
    CHECK(changed == sealed_in_the_schema());
    CHECK(changed.size() == sealed_by_publishing.size() + sealed_by_webhooks.size());
}

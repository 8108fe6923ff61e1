#pragma once
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// A row, its values in the order of its table's columns.
using Record = std::vector<Value>;

// One table, as what goes over all of them (moving, backups) sees it.
struct Table {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::size_t> key; // which of them are the primary key, in its order
    bool numbers_itself = false;  // the key is a number that the engine gives; see numbers_given()
    bool is_referred_to = false;  // by a foreign key of another table

    bool operator==(const Table&) const = default;
};

// Every table of the library, in an order in which none refers to a later one. Read from the schema itself, so that a
// table of tomorrow's migration is among them without being named here; what holds of the place only (the list of
// migrations, db/standing) and what is derived (SQLite's search index) is not. Both engines give the same list.
// Throws std::runtime_error for a table without a primary key: it could not be copied.
Task<std::vector<Table>> tables_of(Database& database);

// The statements of one table.
class TableStatements {
public:
    explicit TableStatements(const Table& table);

    static constexpr std::int64_t page = 500;
    Sql first_page;                // $1: how many
    Sql next_page;                 // the key of the last row, then how many
    Sql put;                       // every column: inserted, or in the place of the row with that key
    Sql put_many;                  // the same for `many` rows at once
    std::size_t many = 1;
    Sql remove;                    // the key
};

// Orders keys as both engines do: numbers by size, text by its bytes. Less than, equal to or greater than 0.
int compare_keys(const Table& table, const Record& a, const Record& b);
std::vector<Value> key_of(const Table& table, const Record& record);
Record record_of(const Table& table, const Row& row);

// The highest number that the engine has given in a table that numbers itself, also to a row that is gone by now: none
// is given twice. Nothing when it has given none.
Task<std::optional<std::int64_t>> numbers_given(Database& database, const Table& table);
// From now on it gives higher ones.
Task<> skip_numbers(Database& database, const Table& table, std::int64_t given);

} // namespace vitrina

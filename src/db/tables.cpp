#include "db/tables.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>

namespace vitrina {
namespace {

// The last three stand beside the tables of the sketch, and stay with them (db/postgres/sketch_bridge.hpp).
constexpr std::array<std::string_view, 7> of_the_place{"schema_migrations", "library_standing", "arrived_objects",
                                                       "consent_visits",    "sketch_bridge",    "adopted_changes",
                                                       "sketch_platforms"};

// Columns: table, column, its place in the primary key from 1 on or 0, whether the engine gives its numbers.
constexpr Sql all_columns{
    "SELECT l.name, c.name, c.pk, c.pk > 0 AND m.sql LIKE '%AUTOINCREMENT%' FROM pragma_table_list l"
    " JOIN pragma_table_info(l.name) c JOIN sqlite_master m ON m.name = l.name AND m.type = 'table'"
    " WHERE l.schema = 'main' AND l.type = 'table' AND l.name NOT LIKE 'sqlite%' ORDER BY l.name, c.cid",
    "SELECT t.relname, c.attname, COALESCE(array_position(k.indkey::int2[], c.attnum) + 1, 0), c.attidentity <> ''"
    " FROM pg_class t JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped"
    " LEFT JOIN pg_index k ON k.indrelid = t.oid AND k.indisprimary WHERE t.relkind = 'r' AND t.relnamespace ="
    " (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) ORDER BY t.relname COLLATE \"C\", c.attnum"};

// Columns: a table, one that it refers to.
constexpr Sql all_references{
    "SELECT l.name, r.\"table\" FROM pragma_table_list l JOIN pragma_foreign_key_list(l.name) r"
    " WHERE l.schema = 'main' AND l.type = 'table'",
    "SELECT a.relname, b.relname FROM pg_constraint r JOIN pg_class a ON a.oid = r.conrelid"
    " JOIN pg_class b ON b.oid = r.confrelid WHERE r.contype = 'f' AND a.relnamespace ="
    " (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"};

// A name that needs no quotes: others are not ours.
const std::string& checked(const std::string& name)
{
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    if (name.empty() || !std::ranges::all_of(name, plain))
        throw std::runtime_error("the schema has a name that is none of ours: " + name);
    return name;
}

std::string listed(const std::vector<std::string>& parts)
{
    std::string list;
    for (const std::string& part : parts)
        list += (list.empty() ? "" : ", ") + part;
    return list;
}

// "($3, $4)" for the second row of two columns.
std::string places(std::size_t row, std::size_t columns)
{
    std::vector<std::string> numbers;
    for (std::size_t i = 1; i <= columns; ++i)
        numbers.push_back("$" + std::to_string(row * columns + i));
    return "(" + listed(numbers) + ")";
}

std::vector<std::string> key_columns(const Table& table)
{
    std::vector<std::string> names;
    for (const std::size_t column : table.key)
        names.push_back(table.columns[column]);
    return names;
}

std::string page_text(const Table& table, bool is_first)
{
    const std::string key = listed(key_columns(table));
    const std::string after = is_first ? "" : " WHERE (" + key + ") > " + places(0, table.key.size());
    const std::string limit = std::to_string(is_first ? 1 : table.key.size() + 1);
    return "SELECT " + listed(table.columns) + " FROM " + table.name + after + " ORDER BY " + key + " LIMIT $" + limit;
}

std::string put_text(const Table& table, std::size_t rows)
{
    std::string text = "INSERT INTO " + table.name + " (" + listed(table.columns) + ") VALUES ";
    for (std::size_t row = 0; row < rows; ++row)
        text += (row == 0 ? "" : ", ") + places(row, table.columns.size());
    std::vector<std::string> changes;
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        if (std::ranges::find(table.key, i) == table.key.end())
            changes.push_back(table.columns[i] + " = excluded." + table.columns[i]);
    text += " ON CONFLICT (" + listed(key_columns(table)) + ") DO ";
    return text + (changes.empty() ? "NOTHING" : "UPDATE SET " + listed(changes));
}

std::string remove_text(const Table& table)
{
    std::string text = "DELETE FROM " + table.name + " WHERE ";
    for (std::size_t i = 0; i < table.key.size(); ++i)
        text += (i == 0 ? "" : " AND ") + table.columns[table.key[i]] + " = $" + std::to_string(i + 1);
    return text;
}

// Enough rows to make the way to the engine worth it, and far below what it takes of parameters in one statement.
std::size_t rows_at_once(const Table& table)
{
    return std::clamp<std::size_t>(1500 / table.columns.size(), 1, 100);
}

using References = std::map<std::string, std::set<std::string>>;

// Those that it refers to, then the table itself.
void add_in_order(const std::string& name, std::map<std::string, Table>& waiting, const References& references,
                  std::vector<Table>& ordered)
{
    auto found = waiting.extract(name);
    if (found.empty())
        return;
    if (const auto refers = references.find(name); refers != references.end())
        for (const std::string& other : refers->second)
            add_in_order(other, waiting, references, ordered);
    ordered.push_back(std::move(found.mapped()));
}

} // namespace

Task<std::vector<Table>> tables_of(Database& database)
{
    const Rows columns = co_await database.read(all_columns);
    std::map<std::string, Table> tables;
    std::map<std::string, std::map<std::int64_t, std::size_t>> keys; // place in the key → column
    for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string name(columns[i].text(0));
        if (std::ranges::find(of_the_place, name) != of_the_place.end())
            continue;
        Table& table = tables[checked(name)];
        table.name = name;
        if (const std::int64_t place = columns[i].integer(2); place > 0)
            keys[name][place] = table.columns.size();
        table.numbers_itself = table.numbers_itself || columns[i].integer(3) != 0;
        table.columns.push_back(checked(std::string(columns[i].text(1))));
    }
    for (auto& [name, table] : tables)
        for (const auto& [place, column] : keys[name])
            table.key.push_back(column);

    const Rows pairs = co_await database.read(all_references);
    References references;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const std::string other(pairs[i].text(1));
        references[std::string(pairs[i].text(0))].insert(other);
        if (const auto found = tables.find(other); found != tables.end())
            found->second.is_referred_to = true;
    }
    std::vector<Table> ordered;
    while (!tables.empty()) {
        const std::string next = tables.begin()->first;
        if (tables.begin()->second.key.empty())
            throw std::runtime_error("the table " + next + " has no primary key, so it cannot be copied");
        add_in_order(next, tables, references, ordered);
    }
    co_return ordered;
}

TableStatements::TableStatements(const Table& table)
    : first_page(Sql::of_schema(page_text(table, true))),
      next_page(Sql::of_schema(page_text(table, false))),
      put(Sql::of_schema(put_text(table, 1))),
      put_many(Sql::of_schema(put_text(table, rows_at_once(table)))),
      many(rows_at_once(table)),
      remove(Sql::of_schema(remove_text(table)))
{
}

int compare_keys(const Table& table, const Record& a, const Record& b)
{
    for (const std::size_t column : table.key) {
        if (a[column] == b[column])
            continue;
        return a[column] < b[column] ? -1 : 1; // text is compared as unsigned bytes: std::char_traits does
    }
    return 0;
}

std::vector<Value> key_of(const Table& table, const Record& record)
{
    std::vector<Value> key;
    for (const std::size_t column : table.key)
        key.push_back(record[column]);
    return key;
}

Record record_of(const Table& table, const Row& row)
{
    Record record;
    record.reserve(table.columns.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        record.push_back(row.value(i));
    return record;
}

Task<std::optional<std::int64_t>> numbers_given(Database& database, const Table& table)
{
    static constexpr Sql counter{"SELECT seq FROM sqlite_sequence WHERE name = $1",
                                 "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, a.attname)::regclass)"
                                 " FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attidentity <> ''"};
    const Rows rows = co_await database.read(counter, table.name);
    if (rows.empty() || rows.front().is_null(0))
        co_return std::nullopt;
    co_return rows.front().integer(0);
}

Task<> skip_numbers(Database& database, const Table& table, std::int64_t given)
{
    // SQLite itself moves on with each row that brings its number; what is left are numbers of rows that are gone.
    static constexpr Sql move_on{"UPDATE sqlite_sequence SET seq = MAX(seq, $2) WHERE name = $1",
                                 "SELECT setval(pg_get_serial_sequence($1, a.attname)::regclass, CAST($2 AS BIGINT))"
                                 " FROM pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attidentity <> ''"};
    static constexpr Sql begin_at{"INSERT INTO sqlite_sequence (name, seq) SELECT $1, $2"
                                  " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
                                  Sql::SqliteOnly{}};
    auto transaction = co_await database.begin();
    co_await transaction->run(begin_at, table.name, given);
    co_await transaction->run(move_on, table.name, given);
    co_await transaction->commit();
}

} // namespace vitrina

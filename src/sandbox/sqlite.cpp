#include "sandbox/sqlite.hpp"

#include <sqlite3.h>

#include <charconv>
#include <stdexcept>

namespace vitrina::sandbox {
namespace {

[[noreturn]] void fail(sqlite3* database)
{
    throw std::runtime_error(std::string("the sandbox's ledger: ") + sqlite3_errmsg(database));
}

} // namespace

Sqlite::Sqlite(const std::filesystem::path& file)
{
    if (sqlite3_open(file.c_str(), &database_) != SQLITE_OK) {
        const std::string reason = sqlite3_errmsg(database_);
        sqlite3_close(database_);
        throw std::runtime_error("cannot open " + file.string() + ": " + reason);
    }
    sqlite3_busy_timeout(database_, 5000);
    rows("PRAGMA journal_mode = WAL");
    rows("PRAGMA synchronous = FULL");
}

Sqlite::~Sqlite()
{
    sqlite3_close(database_);
}

int Sqlite::changes() const
{
    return sqlite3_changes(database_);
}

Sqlite::Statement::Statement(Sqlite& database, std::string_view sql) : database_(database.database_)
{
    if (sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) != SQLITE_OK)
        fail(database_);
}

Sqlite::Statement::~Statement()
{
    sqlite3_finalize(statement_);
}

void Sqlite::Statement::bind(int place, std::string_view text)
{
    // A view without storage would bind NULL.
    const char* data = text.data() ? text.data() : "";
    if (sqlite3_bind_text64(statement_, place, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
        fail(database_);
}

void Sqlite::Statement::bind(int place, std::int64_t number)
{
    if (sqlite3_bind_int64(statement_, place, number) != SQLITE_OK)
        fail(database_);
}

std::vector<Sqlite::Row> Sqlite::Statement::rows()
{
    std::vector<Row> found;
    int step = 0;
    while ((step = sqlite3_step(statement_)) == SQLITE_ROW) {
        Row& row = found.emplace_back();
        for (int column = 0; column < sqlite3_column_count(statement_); ++column) {
            const void* bytes = sqlite3_column_blob(statement_, column);
            const int size = sqlite3_column_bytes(statement_, column);
            row.emplace_back(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
        }
    }
    if (step != SQLITE_DONE)
        fail(database_);
    return found;
}

Transaction::~Transaction()
{
    if (open_)
        sqlite3_exec(database_.database_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit()
{
    database_.run("COMMIT");
    open_ = false;
}

std::int64_t to_number(const std::string& column)
{
    std::int64_t number = 0;
    std::from_chars(column.data(), column.data() + column.size(), number);
    return number;
}

Instant to_instant(const std::string& column)
{
    return Instant{std::chrono::microseconds{to_number(column)}};
}

} // namespace vitrina::sandbox

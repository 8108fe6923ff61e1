#include "db/sqlite/connection.hpp"

#include "core/fail_point.hpp"

#include <cerrno>
#include <sqlite3.h>
#include <thread>

namespace vitrina {
namespace {

// One allocation counter shared by all threads is a lock on every allocation, and nobody reads it.
void configure_library()
{
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(once);
}

ConstraintViolation::Kind violated(int extended_code)
{
    using Kind = ConstraintViolation::Kind;
    switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return Kind::unique;
    case SQLITE_CONSTRAINT_FOREIGNKEY: return Kind::foreign_key;
    case SQLITE_CONSTRAINT_NOTNULL: return Kind::not_null;
    case SQLITE_CONSTRAINT_CHECK: return Kind::check;
    default: return Kind::other;
    }
}

bool no_room(int system_errno)
{
    return system_errno == ENOSPC || system_errno == EDQUOT;
}

} // namespace

SqliteConnection::SqliteConnection(const std::filesystem::path& file, const ConnectionOptions& options)
{
    configure_library();
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    try {
        if (sqlite3_open_v2(file.c_str(), &db_, flags, nullptr) != SQLITE_OK)
            fail("opening " + file.string());
        sqlite3_busy_timeout(db_, int(options.busy_timeout.count()));
        sqlite3_db_config(db_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);

        const bool writing = options.use == ConnectionOptions::Use::writing;
        std::string settings = "PRAGMA trusted_schema=OFF; PRAGMA foreign_keys=ON;"
                               "PRAGMA cache_size=-" +
                               std::to_string(options.cache_kib) +
                               "; PRAGMA mmap_size=" + std::to_string(options.mmap_bytes) + ';';
        if (writing)
            settings += "PRAGMA journal_size_limit=67108864;";
        settings += options.durable ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=OFF;";
        if (!writing)
            settings += "PRAGMA query_only=ON;";
        if (writing)
            turn_to_wal(options.busy_timeout);
        script(settings);
    } catch (...) {
        sqlite3_close_v2(db_);
        throw;
    }
}

// Turning a fresh file to WAL takes a lock for which SQLite does not always wait, so that processes that start at once
// would turn each other away.
void SqliteConnection::turn_to_wal(std::chrono::milliseconds patience)
{
    const auto end = std::chrono::steady_clock::now() + patience;
    while (true) {
        const int result = sqlite3_exec(db_, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
        if (result == SQLITE_OK)
            return;
        if ((result & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= end)
            fail("turning to write-ahead logging");
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

SqliteConnection::~SqliteConnection()
{
    for (auto& [text, statement] : statements_)
        sqlite3_finalize(statement.handle);
    sqlite3_close_v2(db_);
}

void SqliteConnection::fail(std::string_view doing)
{
    if (!db_)
        throw Unavailable("sqlite: no memory for a connection");
    const int code = sqlite3_extended_errcode(db_);
    const int system_errno = sqlite3_system_errno(db_);
    const std::string what =
        "sqlite: " + std::string(sqlite3_errmsg(db_)) + " (" + std::to_string(code) + ") while " + std::string(doing);
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT: throw ConstraintViolation(violated(code), what);
    case SQLITE_FULL: throw StorageFull(what);
    case SQLITE_INTERRUPT: throw ScanTimeout(what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: throw SqliteBusy(what);
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        if (no_room(system_errno))
            throw StorageFull(what);
        [[fallthrough]];
    case SQLITE_READONLY:
    case SQLITE_NOMEM: throw Unavailable(what);
    default: throw std::runtime_error(what);
    }
}

SqliteConnection::Statement& SqliteConnection::prepared(Sql sql)
{
    const std::string_view text = sql.text(Dialect::sqlite);
    auto& statement = statements_[text.data()];
    if (statement.handle)
        return statement;

    if (sqlite3_prepare_v3(db_, text.data(), int(text.size()), SQLITE_PREPARE_PERSISTENT, &statement.handle, nullptr) !=
        SQLITE_OK)
        fail(text);
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement.handle); ++i)
        statement.slots.push_back(sqlite3_bind_parameter_index(statement.handle, ("$" + std::to_string(i)).c_str()));
    return statement;
}

void SqliteConnection::bind(const Statement& statement, Sql sql, std::span<const Value> parameters)
{
    if (parameters.size() != statement.slots.size())
        throw std::logic_error("sqlite: " + std::to_string(parameters.size()) + " parameters for " +
                               std::string(sql.text(Dialect::sqlite)));
    struct Binder {
        sqlite3_stmt* handle;
        int slot;
        int operator()(std::monostate) const { return sqlite3_bind_null(handle, slot); }
        int operator()(std::int64_t value) const { return sqlite3_bind_int64(handle, slot, value); }
        int operator()(double value) const { return sqlite3_bind_double(handle, slot, value); }
        int operator()(const std::string& value) const
        {
            // Not copied: the caller's parameters outlive the run, and Finished unbinds them.
            return sqlite3_bind_text64(handle, slot, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
        }
    };
    for (std::size_t i = 0; i < parameters.size(); ++i)
        if (std::visit(Binder{statement.handle, statement.slots[i]}, parameters[i]) != SQLITE_OK)
            fail(sql.text(Dialect::sqlite));
}

// A statement that is not reset keeps its read transaction open, and its parameters bound.
struct SqliteConnection::Finished {
    sqlite3_stmt* handle;
    ~Finished()
    {
        sqlite3_reset(handle);
        sqlite3_clear_bindings(handle);
    }
};

Rows SqliteConnection::run(Sql sql, std::span<const Value> parameters)
{
    const Statement& statement = prepared(sql);
    const Finished finished{statement.handle};
    bind(statement, sql, parameters);

    const int columns = sqlite3_column_count(statement.handle);
    Rows rows{std::size_t(columns)};
    int outcome = sqlite3_step(statement.handle);
    for (; outcome == SQLITE_ROW; outcome = sqlite3_step(statement.handle)) {
        for (int column = 0; column < columns; ++column) {
            switch (sqlite3_column_type(statement.handle, column)) {
            case SQLITE_NULL: rows.add_null(); break;
            case SQLITE_INTEGER: rows.add_integer(sqlite3_column_int64(statement.handle, column)); break;
            case SQLITE_FLOAT: rows.add_real(sqlite3_column_double(statement.handle, column)); break;
            default: {
                const void* bytes = sqlite3_column_blob(statement.handle, column);
                const int length = sqlite3_column_bytes(statement.handle, column);
                rows.add_text({static_cast<const char*>(bytes), std::size_t(length)});
            }
            }
        }
    }
    if (outcome != SQLITE_DONE)
        fail(sql.text(Dialect::sqlite));
    if (!sqlite3_stmt_readonly(statement.handle))
        rows.set_changed(sqlite3_changes64(db_));
    return rows;
}

Rows SqliteConnection::run_until(Sql sql, std::span<const Value> parameters,
                                 std::chrono::steady_clock::time_point deadline)
{
    // Every thousand steps of the virtual machine: some microseconds, too rarely to be measurable.
    const auto past_deadline = [](void* until) -> int {
        return std::chrono::steady_clock::now() >= *static_cast<std::chrono::steady_clock::time_point*>(until);
    };
    struct Watched {
        sqlite3* db;
        ~Watched() { sqlite3_progress_handler(db, 0, nullptr, nullptr); }
    };
    if (past_deadline(&deadline))
        throw ScanTimeout("sqlite: no thread was free in time for " + std::string(sql.text(Dialect::sqlite)));
    const Watched watched{db_};
    sqlite3_progress_handler(db_, 1000, past_deadline, &deadline);
    return run(sql, parameters);
}

void SqliteConnection::script(std::string_view text)
{
    const char* next = text.data();
    const char* const end = text.data() + text.size();
    while (next < end) {
        sqlite3_stmt* statement = nullptr;
        const char* const begin = next;
        if (sqlite3_prepare_v2(db_, next, int(end - next), &statement, &next) != SQLITE_OK)
            fail({begin, std::size_t(end - begin)});
        if (!statement)
            continue; // a comment, or blanks after the last one
        int outcome = sqlite3_step(statement);
        while (outcome == SQLITE_ROW)
            outcome = sqlite3_step(statement);
        const int finalized = sqlite3_finalize(statement);
        if (finalized != SQLITE_OK)
            fail({begin, std::size_t(next - begin)});
        if (!sqlite3_get_autocommit(db_)) // between the statements of a migration, not between settings
            FAIL_POINT("sqlite.script.statement");
    }
}

void SqliteConnection::begin()
{
    static constexpr Sql immediate{"BEGIN IMMEDIATE"};
    run(immediate, {});
}

void SqliteConnection::commit()
{
    static constexpr Sql end{"COMMIT"};
    try {
        FAIL_POINT("sqlite.before_commit");
        run(end, {});
        FAIL_POINT("sqlite.after_commit");
    } catch (...) {
        roll_back();
        throw;
    }
}

void SqliteConnection::roll_back() noexcept
{
    // Some errors (disk full, I/O) have rolled back already.
    if (!sqlite3_get_autocommit(db_))
        sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

std::uint64_t SqliteConnection::version()
{
    static constexpr Sql query{"PRAGMA data_version"};
    return std::uint64_t(run(query, {}).front().integer(0));
}

} // namespace vitrina

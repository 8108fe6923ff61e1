#pragma once
#include "core/errors.hpp"
#include "db/database.hpp"

#include <chrono>
#include <filesystem>
#include <span>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace vitrina {

// Another connection holds the lock. Inside db/sqlite it means "again, where waiting is allowed"; outside it is just
// Unavailable.
class SqliteBusy : public Unavailable {
public:
    using Unavailable::Unavailable;
};

struct ConnectionOptions {
    enum class Use { reading, writing } use = Use::reading;
    int cache_kib = 1024;
    std::int64_t mmap_bytes = 0;
    std::chrono::milliseconds busy_timeout{0};
    bool durable = true;
};

// One connection and the statements it keeps prepared. Used by one thread at a time; every member blocks.
class SqliteConnection {
public:
    SqliteConnection(const std::filesystem::path& file, const ConnectionOptions& options);
    ~SqliteConnection();
    SqliteConnection(const SqliteConnection&) = delete;
    SqliteConnection& operator=(const SqliteConnection&) = delete;

    Rows run(Sql sql, std::span<const Value> parameters);
    // The same, but throws ScanTimeout when it is not done by the deadline.
    Rows run_until(Sql sql, std::span<const Value> parameters, std::chrono::steady_clock::time_point deadline);
    // Several statements, not kept: migrations and settings.
    void script(std::string_view text);

    void begin();  // IMMEDIATE: whoever has begun can write
    void commit(); // undone as a whole when it throws
    void roll_back() noexcept; // nothing when there is no transaction

    std::uint64_t version();

private:
    struct Statement {
        sqlite3_stmt* handle = nullptr;
        std::vector<int> slots; // where SQLite wants $1, $2, …: it numbers by first appearance
    };
    struct Finished;

    Statement& prepared(Sql sql);
    void bind(const Statement& statement, Sql sql, std::span<const Value> parameters);
    void turn_to_wal(std::chrono::milliseconds patience);
    [[noreturn]] void fail(std::string_view doing);

    sqlite3* db_ = nullptr;
    // By address: the texts are constants of the program, so there are as many as there are statements in it.
    std::unordered_map<const char*, Statement> statements_;
};

} // namespace vitrina

#pragma once
#include "core/clock.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace vitrina::sandbox {

// The sandbox's own small database file. Deliberately not db/: the far side of the tests must not share the engine
// that is being tested. Used from one thread. Every failure throws.
class Sqlite {
public:
    // Every commit is on the disk before it returns: a kill at any instant loses nothing that was answered.
    explicit Sqlite(const std::filesystem::path& file);
    ~Sqlite();
    Sqlite(const Sqlite&) = delete;
    Sqlite& operator=(const Sqlite&) = delete;

    using Row = std::vector<std::string>; // NULL reads as ""

    // Values bind as text, integers as integers; ? marks their places.
    template <class... Values>
    std::vector<Row> rows(std::string_view sql, const Values&... values)
    {
        Statement statement(*this, sql);
        int place = 0;
        (statement.bind(++place, values), ...);
        return statement.rows();
    }
    // Gives the number of rows changed.
    template <class... Values>
    int run(std::string_view sql, const Values&... values)
    {
        rows(sql, values...);
        return changes();
    }

private:
    class Statement {
    public:
        Statement(Sqlite& database, std::string_view sql);
        ~Statement();
        Statement(const Statement&) = delete;
        Statement& operator=(const Statement&) = delete;
        void bind(int place, std::string_view text);
        void bind(int place, std::int64_t number);
        void bind(int place, int number) { bind(place, std::int64_t{number}); }
        void bind(int place, std::uint64_t number) { bind(place, static_cast<std::int64_t>(number)); }
        void bind(int place, Instant instant) { bind(place, std::int64_t{instant.time_since_epoch().count()}); }
        std::vector<Row> rows();

    private:
        sqlite3* database_;
        sqlite3_stmt* statement_ = nullptr;
    };
    friend class Transaction;
    int changes() const;
    sqlite3* database_ = nullptr;
};

// Everything until commit() happens, or nothing.
class Transaction {
public:
    explicit Transaction(Sqlite& database) : database_(database) { database_.run("BEGIN IMMEDIATE"); }
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Sqlite& database_;
    bool open_ = true;
};

std::int64_t to_number(const std::string& column);
Instant to_instant(const std::string& column);

} // namespace vitrina::sandbox

#pragma once
#include "core/task.hpp"
#include "db/commit_bell.hpp"
#include "db/database_counters.hpp"
#include "db/dialect.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrina {

// The text of a statement, known when the program is compiled: nothing a client sends can become SQL.
// Parameters are written $1, $2, …; both engines read the same text where they can (db/dialect.hpp).
class Sql {
public:
    template <std::size_t N>
    consteval Sql(const char (&text)[N]) : text_(text, N - 1)
    {
    }
    template <std::size_t N, std::size_t M>
    consteval Sql(const char (&text)[N], const char (&postgres)[M]) : text_(text, N - 1), postgres_(postgres, M - 1)
    {
    }
    // For what only SQLite needs to be told; PostgreSQL sees to it by itself and does nothing here.
    struct SqliteOnly {};
    template <std::size_t N>
    consteval Sql(const char (&text)[N], SqliteOnly) : text_(text, N - 1), sqlite_only_(true)
    {
    }
    // Made while the program runs, of names that the schema itself has: for what goes over all tables (db/tables.hpp).
    // Kept for good, as engines remember statements by where their text stands; so no more of them than tables need.
    static Sql of_schema(const std::string& text);

    // "" where there is nothing to do.
    constexpr std::string_view text(Dialect dialect) const
    {
        if (dialect == Dialect::postgres && sqlite_only_)
            return {};
        return dialect == Dialect::postgres && !postgres_.empty() ? postgres_ : text_;
    }

private:
    explicit constexpr Sql(std::string_view text) : text_(text) {}

    std::string_view text_;
    std::string_view postgres_;
    bool sqlite_only_ = false;
};

// A parameter: NULL, integer, real, text. Booleans are the integers 0 and 1, times microseconds since 1970,
// ids their text.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

// The rows of an answer, in one block of memory. A Row and its text are views: they live as long as the Rows.
class Rows;

class Row {
public:
    std::int64_t integer(std::size_t column) const; // 0 for NULL
    double real(std::size_t column) const; // 0 for NULL
    std::string_view text(std::size_t column) const; // "" for NULL
    bool is_null(std::size_t column) const;
    Value value(std::size_t column) const; // as it could be given as a parameter

private:
    friend class Rows;
    Row(const Rows& rows, std::size_t first) : rows_(&rows), first_(first) {}
    const Rows* rows_;
    std::size_t first_;
};

class Rows {
public:
    explicit Rows(std::size_t columns = 0) : columns_(columns) {}

    std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
    std::size_t columns() const { return columns_; }
    bool empty() const { return size() == 0; }
    Row operator[](std::size_t row) const { return {*this, row * columns_}; }
    Row front() const { return (*this)[0]; }
    // How many rows an INSERT, UPDATE or DELETE changed.
    std::int64_t changed() const { return changed_; }

    // For engines: cells are added row by row, left to right.
    void add_null() { cells_.push_back({Cell::null, 0, 0}); }
    void add_integer(std::int64_t value) { cells_.push_back({Cell::integer, value, 0}); }
    void add_real(double value);
    void add_text(std::string_view text)
    {
        cells_.push_back({Cell::text, std::int64_t(text_.size()), text.size()});
        text_ += text;
    }
    void set_changed(std::int64_t count) { changed_ = count; }

private:
    friend class Row;
    struct Cell {
        enum Kind : std::uint8_t { null, integer, real, text } kind;
        std::int64_t value; // the integer, the bits of the real, or where the text begins
        std::size_t length;
    };
    std::size_t columns_;
    std::int64_t changed_ = 0;
    std::vector<Cell> cells_;
    std::string text_;
};

// A constraint refused the change.
class ConstraintViolation : public std::runtime_error {
public:
    enum class Kind { unique, foreign_key, not_null, check, other };
    ConstraintViolation(Kind which, const std::string& what) : std::runtime_error(what), kind(which) {}
    Kind kind;
};

// A scan() did not end within its limit; what it had found is dropped.
class ScanTimeout : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Dropping it without commit() rolls back. One task uses it at a time, and only from an event loop. Others wait
// for it: never await a client, a network or a media child while holding one.
// After ConstraintViolation the transaction is undone as a whole and can only be dropped; test with SELECT or
// ON CONFLICT where a collision is expected.
class Transaction {
public:
    virtual ~Transaction() = default;
    virtual Task<Rows> run(Sql sql, std::vector<Value> parameters) = 0;
    // Durable when it returns; from then on the object holds nobody up. Where it throws Unavailable, the commit may
    // have happened: the engine was lost before it answered.
    virtual Task<> commit() = 0;
    // Its commit rings the database's bell: who waits for such changes looks at once.
    void ring_at_commit() { rings_ = true; }

    template <class... Args>
    Task<Rows> run(Sql sql, Args... args)
    {
        return run(sql, std::vector<Value>{Value(std::move(args))...});
    }

protected:
    explicit Transaction(std::shared_ptr<CommitBell> bell) : bell_(std::move(bell)) {}
    // For engines, once it is durable and holds nobody up any more.
    void committed()
    {
        if (rings_)
            bell_->ring();
    }

private:
    std::shared_ptr<CommitBell> bell_;
    bool rings_ = false;
};

// The database as it was when this was made, however long it is read from. Holds nobody up; keeps the engine from
// forgetting what was replaced meanwhile, so it is for minutes, not for days. One task uses it at a time.
class Snapshot {
public:
    virtual ~Snapshot() = default;
    virtual Task<Rows> read(Sql sql, std::vector<Value> parameters) = 0;
};

// Implemented by db/sqlite (and db/postgres); both must pass database_contract.
// Throws ConstraintViolation, Unavailable (busy, lost), WritesRefused or StorageFull (core/errors.hpp).
class Database {
public:
    virtual ~Database() = default;
    // Outside a transaction; sees everything committed before the call. For statements through an index.
    virtual Task<Rows> read(Sql sql, std::vector<Value> parameters) = 0;
    // The same for statements that may scan: never on the caller's loop. Throws ScanTimeout after `limit_ms`.
    virtual Task<Rows> scan(Sql sql, std::vector<Value> parameters, int limit_ms) = 0;
    // A transaction of one statement; durable when it returns.
    virtual Task<Rows> write(Sql sql, std::vector<Value> parameters) = 0;
    // A writing transaction. Serialised with all other writers.
    virtual Task<std::unique_ptr<Transaction>> begin() = 0;
    virtual Task<std::unique_ptr<Snapshot>> snapshot() = 0;
    // A number that changes whenever anything was committed by anyone, as of a moment after the call; cheap beside any
    // other question. Compare it only with numbers from the same thread.
    virtual Task<std::uint64_t> version() = 0;
    // Which engine it is: for what has to be asked for in another way, not only in other words.
    virtual Dialect dialect() const = 0;
    const DatabaseCounters& counters() const { return counters_; }
    CommitBell& bell() { return *bell_; }

    template <class... Args>
    Task<Rows> read(Sql sql, Args... args)
    {
        return read(sql, std::vector<Value>{Value(std::move(args))...});
    }
    template <class... Args>
    Task<Rows> write(Sql sql, Args... args)
    {
        return write(sql, std::vector<Value>{Value(std::move(args))...});
    }

protected:
    DatabaseCounters counters_; // engines count here
    std::shared_ptr<CommitBell> bell_ = std::make_shared<CommitBell>(); // for their transactions
};

} // namespace vitrina

#include "core/random.hpp"
#include "core/run_on.hpp"
#include "core/turn.hpp"
#include "db/sqlite/connection.hpp"
#include "db/sqlite/migrate.hpp"
#include "db/sqlite/open_sqlite.hpp"

#include <mutex>
#include <thread>

namespace vitrina {
namespace {

namespace fs = std::filesystem;

// A directory of our own, gone with the object.
class TemporaryDirectory {
public:
    TemporaryDirectory() : path_(fs::temp_directory_path() / ("vitrina-" + random_hex(8)))
    {
        fs::create_directory(path_);
        fs::permissions(path_, fs::perms::owner_all);
    }
    ~TemporaryDirectory()
    {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

// The connections for reading, one per thread that reads: each event loop, each scanning thread.
class Readers {
public:
    Readers(fs::path file, ConnectionOptions options) : file_(std::move(file)), options_(options) {}

    SqliteConnection& of_this_thread()
    {
        const std::lock_guard lock(mutex_);
        auto& connection = connections_[std::this_thread::get_id()];
        if (!connection)
            connection = std::make_unique<SqliteConnection>(file_, options_);
        return *connection;
    }

private:
    fs::path file_;
    ConnectionOptions options_;
    std::mutex mutex_;
    std::unordered_map<std::thread::id, std::unique_ptr<SqliteConnection>> connections_;
};

ConnectionOptions connection_options(const SqliteOptions& options, ConnectionOptions::Use use,
                                     std::chrono::milliseconds busy_timeout)
{
    return {use, options.cache_kib, options.mmap_bytes, busy_timeout, options.durable};
}

// On a connection of its own, used by one thread of the pool after the other.
class SqliteSnapshot final : public Snapshot {
public:
    SqliteSnapshot(const fs::path& file, const ConnectionOptions& options, Pool& pool)
        : connection_(file, options), pool_(pool)
    {
        static constexpr Sql begin{"BEGIN"};
        static constexpr Sql look{"SELECT 1 FROM sqlite_master"}; // only the first look begins it
        connection_.run(begin, {});
        connection_.run(look, {});
    }

    Task<Rows> read(Sql sql, std::vector<Value> parameters) override
    {
        auto work = [&] { return connection_.run(sql, parameters); };
        Rows rows = co_await run_on(pool_, std::move(work));
        co_return rows;
    }

private:
    SqliteConnection connection_; // closed with its transaction
    Pool& pool_;
};

class SqliteTransaction final : public Transaction {
public:
    SqliteTransaction(std::shared_ptr<CommitBell> bell, SqliteConnection& connection, Pool& thread, Turn::Held turn,
                      TimeSpent& spent)
        : Transaction(std::move(bell)), connection_(connection), thread_(thread), turn_(std::move(turn)), spent_(spent)
    {
    }
    ~SqliteTransaction() override;

    using Transaction::run;
    Task<Rows> run(Sql sql, std::vector<Value> parameters) override;
    Task<> commit() override;

private:
    SqliteConnection& connection_;
    Pool& thread_;
    Turn::Held turn_;
    TimeSpent& spent_;
    const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    enum class State { open, undone, ended } state_ = State::open;
};

// Reading happens where it is asked for: a statement through an index takes less than handing it to another thread
// and back. Writing waits for disks and other processes, so it has a connection on a thread of its own.
class SqliteDatabase final : public Database {
public:
    SqliteDatabase(std::unique_ptr<TemporaryDirectory> directory, const fs::path& file, const SqliteOptions& options);

    using Database::read;
    using Database::write;
    Task<Rows> read(Sql sql, std::vector<Value> parameters) override;
    Task<Rows> scan(Sql sql, std::vector<Value> parameters, int limit_ms) override;
    Task<Rows> write(Sql sql, std::vector<Value> parameters) override;
    Task<std::unique_ptr<Transaction>> begin() override;
    Task<std::unique_ptr<Snapshot>> snapshot() override;
    Task<std::uint64_t> version() override { co_return readers_.of_this_thread().version(); }
    Dialect dialect() const override { return Dialect::sqlite; }

private:
    Task<Turn::Held> take_turn();
    void begin_writing();

    std::unique_ptr<TemporaryDirectory> directory_;
    const fs::path file_;
    const ConnectionOptions snapshot_options_;
    const std::optional<Sql> refusal_;
    std::chrono::milliseconds patience_;
    SqliteConnection writer_;
    Readers readers_;         // never wait for a lock: they may stand on an event loop
    Readers patient_readers_; // those of the scanning threads
    Turn turn_;
    Pool scanning_;
    Pool writing_{1}; // the only user of writer_
};

SqliteDatabase::SqliteDatabase(std::unique_ptr<TemporaryDirectory> directory, const fs::path& file,
                               const SqliteOptions& options)
    : directory_(std::move(directory)),
      file_(file),
      snapshot_options_(connection_options(options, ConnectionOptions::Use::reading, options.busy_timeout)),
      refusal_(options.writes_refused_by.empty() ? std::nullopt
                                                 : std::optional(Sql::of_schema(options.writes_refused_by))),
      patience_(options.busy_timeout),
      writer_(file, connection_options(options, ConnectionOptions::Use::writing, options.busy_timeout)),
      readers_(file, connection_options(options, ConnectionOptions::Use::reading, std::chrono::milliseconds{0})),
      patient_readers_(file, connection_options(options, ConnectionOptions::Use::reading, options.busy_timeout)),
      scanning_(std::size_t(options.scan_threads))
{
    if (options.schema == SchemaCare::bring_up_to_date)
        migrate(writer_, options.migrations);
    else
        check_schema(writer_, options.migrations);
}

// On the writing thread. What is asked here holds until the end of the transaction: whoever changes it writes, too.
void SqliteDatabase::begin_writing()
{
    writer_.begin();
    if (!refusal_)
        return;
    try {
        const Rows refused = writer_.run(*refusal_, {});
        if (!refused.empty())
            throw WritesRefused(std::string(refused.front().text(0)));
    } catch (...) {
        writer_.roll_back();
        throw;
    }
}

Task<std::unique_ptr<Snapshot>> SqliteDatabase::snapshot()
{
    auto work = [&]() -> std::unique_ptr<Snapshot> {
        return std::make_unique<SqliteSnapshot>(file_, snapshot_options_, scanning_);
    };
    std::unique_ptr<Snapshot> made = co_await run_on(scanning_, std::move(work));
    co_return made;
}

Task<Turn::Held> SqliteDatabase::take_turn()
{
    const Timed timed(counters_.wait);
    co_return co_await turn_.take(patience_);
}

Task<Rows> SqliteDatabase::read(Sql sql, std::vector<Value> parameters)
{
    const Timed timed(counters_.read);
    try {
        co_return readers_.of_this_thread().run(sql, parameters);
    } catch (const SqliteBusy&) {
        // Another process recovers or closes the file; waiting for it is not for this thread.
    }
    auto work = [&] { return patient_readers_.of_this_thread().run(sql, parameters); };
    Rows rows = co_await run_on(scanning_, std::move(work));
    co_return rows;
}

Task<Rows> SqliteDatabase::scan(Sql sql, std::vector<Value> parameters, int limit_ms)
{
    const Timed timed(counters_.scan);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{limit_ms};
    auto work = [&] { return patient_readers_.of_this_thread().run_until(sql, parameters, deadline); };
    Rows rows = co_await run_on(scanning_, std::move(work));
    co_return rows;
}

Task<Rows> SqliteDatabase::write(Sql sql, std::vector<Value> parameters)
{
    const Turn::Held turn = co_await take_turn();
    const Timed timed(counters_.write);
    auto work = [&] {
        begin_writing();
        try {
            Rows rows = writer_.run(sql, parameters);
            writer_.commit();
            return rows;
        } catch (...) {
            writer_.roll_back();
            throw;
        }
    };
    Rows rows = co_await run_on(writing_, std::move(work));
    co_return rows;
}

Task<std::unique_ptr<Transaction>> SqliteDatabase::begin()
{
    Turn::Held turn = co_await take_turn();
    // Made first, so that there is somebody to roll back wherever this is abandoned.
    auto transaction =
        std::make_unique<SqliteTransaction>(bell_, writer_, writing_, std::move(turn), counters_.transaction);
    auto work = [&] { begin_writing(); };
    co_await run_on(writing_, std::move(work));
    co_return transaction;
}

SqliteTransaction::~SqliteTransaction()
{
    // The turn may pass on at once: what the next one sends to the thread comes after this.
    if (state_ != State::ended)
        boost::asio::post(thread_, [&connection = connection_] { connection.roll_back(); });
}

Task<Rows> SqliteTransaction::run(Sql sql, std::vector<Value> parameters)
{
    if (state_ != State::open)
        throw std::logic_error("a transaction was used after its end: " + std::string(sql.text(Dialect::sqlite)));
    // Until it went well: an error undoes the whole transaction, as it does on other engines.
    state_ = State::undone;
    auto work = [&] { return connection_.run(sql, parameters); };
    Rows rows = co_await run_on(thread_, std::move(work));
    state_ = State::open;
    co_return rows;
}

Task<> SqliteTransaction::commit()
{
    if (state_ != State::open)
        throw std::logic_error("a transaction that failed or ended was committed");
    state_ = State::undone;
    auto work = [&] { connection_.commit(); };
    co_await run_on(thread_, std::move(work));
    state_ = State::ended;
    turn_ = {};
    spent_.add(std::chrono::steady_clock::now() - begun_);
    committed();
}

} // namespace

std::unique_ptr<Database> open_sqlite(const fs::path& file, SqliteOptions options)
{
    return std::make_unique<SqliteDatabase>(nullptr, file, options);
}

std::unique_ptr<Database> open_temporary_sqlite(SqliteOptions options)
{
    options.durable = false;
    auto directory = std::make_unique<TemporaryDirectory>();
    const fs::path file = directory->path() / "test.db";
    return std::make_unique<SqliteDatabase>(std::move(directory), file, options);
}

} // namespace vitrina

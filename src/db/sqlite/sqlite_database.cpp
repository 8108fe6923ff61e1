#include "core/random.hpp"
#include "core/run_on.hpp"
#include "db/sqlite/connection.hpp"
#include "db/sqlite/migrate.hpp"
#include "db/sqlite/open_sqlite.hpp"
#include "db/sqlite/turn.hpp"

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

class SqliteDatabase;

class SqliteTransaction final : public Transaction {
public:
    SqliteTransaction(SqliteConnection& connection, Pool& thread, Turn::Held turn)
        : connection_(connection), thread_(thread), turn_(std::move(turn))
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
    std::optional<std::uint64_t> version() override { return readers_.of_this_thread().version(); }

private:
    std::unique_ptr<TemporaryDirectory> directory_;
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
      patience_(options.busy_timeout),
      writer_(file, connection_options(options, ConnectionOptions::Use::writing, options.busy_timeout)),
      readers_(file, connection_options(options, ConnectionOptions::Use::reading, std::chrono::milliseconds{0})),
      patient_readers_(file, connection_options(options, ConnectionOptions::Use::reading, options.busy_timeout)),
      scanning_(std::size_t(options.scan_threads))
{
    migrate(writer_, options.migrations);
}

Task<Rows> SqliteDatabase::read(Sql sql, std::vector<Value> parameters)
{
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
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{limit_ms};
    auto work = [&] { return patient_readers_.of_this_thread().run_until(sql, parameters, deadline); };
    Rows rows = co_await run_on(scanning_, std::move(work));
    co_return rows;
}

Task<Rows> SqliteDatabase::write(Sql sql, std::vector<Value> parameters)
{
    const Turn::Held turn = co_await turn_.take(patience_);
    auto work = [&] {
        writer_.begin();
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
    Turn::Held turn = co_await turn_.take(patience_);
    // Made first, so that there is somebody to roll back wherever this is abandoned.
    auto transaction = std::make_unique<SqliteTransaction>(writer_, writing_, std::move(turn));
    auto work = [&] { writer_.begin(); };
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

#include "core/fail_point.hpp"
#include "core/random.hpp"
#include "db/postgres/locks.hpp"
#include "db/postgres/migrate.hpp"
#include "db/postgres/open_postgres.hpp"
#include "db/postgres/pool.hpp"
#include "db/postgres/sketch_bridge.hpp"
#include "db/postgres/version_watch.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cstdlib>

namespace vitrina {
namespace {

// To its end, on a loop of its own: for the start of a program.
void run_blocking(Task<> task)
{
    boost::asio::io_context loop(1);
    std::exception_ptr thrown;
    boost::asio::co_spawn(loop.get_executor(), std::move(task), [&thrown](std::exception_ptr e) { thrown = e; });
    loop.run();
    if (thrown)
        std::rethrow_exception(thrown);
}

// In one round trip. What the refusal asks is seen as it is once the lock is held, and holds until the transaction
// ends.
std::string begin_writing(const std::string& refusal)
{
    const std::string begin =
        "BEGIN READ WRITE; SELECT pg_advisory_xact_lock(" + lock_of_this_schema(writing_lock) + ")";
    return refusal.empty() ? begin : begin + "; " + refusal;
}

// A connection is its own as long as it lives.
class PostgresSnapshot final : public Snapshot {
public:
    explicit PostgresSnapshot(PostgresPool::Lease connection) : connection_(std::move(connection)) {}

    Task<Rows> read(Sql sql, std::vector<Value> parameters) override
    {
        Rows rows = co_await connection_->run(sql, std::move(parameters));
        co_return rows;
    }

private:
    PostgresPool::Lease connection_; // given back within its transaction, that is rolled back
};

Task<> check_encoding(PostgresConnection& connection)
{
    static constexpr Sql query{"SHOW server_encoding"};
    std::vector<Value> none;
    const Rows rows = co_await connection.run(query, std::move(none));
    const std::string encoding(rows.front().text(0));
    if (encoding != "UTF8")
        throw Unavailable("The PostgreSQL database is encoded as " + encoding +
                          ", which cannot hold every title: make one with --encoding UTF8 --template template0.");
}

// The sketch's tables where there are any, and our schema beside them.
Task<> look_for_sketch(PostgresConnection& connection, SchemaCare care, std::optional<Sketch>& found)
{
    co_await check_encoding(connection);
    found = co_await find_sketch(connection);
    if (found && care == SchemaCare::bring_up_to_date)
        co_await make_schema_beside(connection);
}

Task<> bring_up_to_date(PostgresConnection& connection, const PostgresOptions& options, std::optional<Sketch> sketch)
{
    co_await migrate(connection, options.migrations);
    if (sketch)
        co_await bridge_sketch(connection, std::move(*sketch), options.object_url);
}

// Where our tables are, when they are as this program needs them.
PostgresAddress prepared(PostgresAddress address, const PostgresOptions& options)
{
    std::optional<Sketch> sketch;
    {
        PostgresConnection connection(address);
        run_blocking(look_for_sketch(connection, options.schema, sketch));
    }
    if (sketch)
        address.schema = schema_beside_sketch;
    PostgresConnection connection(address);
    connection.be_patient();
    if (options.schema == SchemaCare::bring_up_to_date)
        run_blocking(bring_up_to_date(connection, options, std::move(sketch)));
    else
        run_blocking(check_schema(connection, options.migrations));
    return address;
}

class PostgresTransaction final : public Transaction {
public:
    PostgresTransaction(std::shared_ptr<CommitBell> bell, Turn::Held turn, PostgresPool::Lease connection,
                        DatabaseCounters& counters)
        : Transaction(std::move(bell)), turn_(std::move(turn)), connection_(std::move(connection)), counters_(counters)
    {
    }

    using Transaction::run;
    Task<Rows> run(Sql sql, std::vector<Value> parameters) override;
    Task<> commit() override;

private:
    Turn::Held turn_; // of this process; given up after the connection
    std::optional<PostgresPool::Lease> connection_; // dropped within its transaction, that is rolled back
    DatabaseCounters& counters_;
    bool found_room_ = false; // for what had found none before
    const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    enum class State { open, undone, ended } state_ = State::open;
};

class PostgresDatabase final : public Database {
public:
    PostgresDatabase(const PostgresAddress& address, PostgresOptions options);

    using Database::read;
    using Database::write;
    Task<Rows> read(Sql sql, std::vector<Value> parameters) override;
    Task<Rows> scan(Sql sql, std::vector<Value> parameters, int limit_ms) override;
    Task<Rows> write(Sql sql, std::vector<Value> parameters) override;
    Task<std::unique_ptr<Transaction>> begin() override;
    Task<std::unique_ptr<Snapshot>> snapshot() override;
    Task<std::uint64_t> version() override;
    Dialect dialect() const override { return Dialect::postgres; }

private:
    PostgresDatabase(PostgresOptions options, const PostgresAddress& address);
    Task<std::string> server_state();

    const bool refuses_; // where begin_writing_ ends with the question
    const std::string begin_writing_;
    std::chrono::milliseconds patience_;
    PostgresPool pool_;
    PostgresPool scanning_pool_; // nothing else is ever held up behind searches
    VersionWatch version_watch_;
    // Writers of this process wait here, and not with a connection in hand: what only reads is not held up behind them.
    Turn writing_;
};

// How many of the connections are for searches.
int scanning(const PostgresOptions& options)
{
    return std::max(1, options.connections / 4);
}

// Planned for what is asked: the best way to find a rare word is not that to a common one.
PostgresAddress for_scanning(PostgresAddress address)
{
    address.session = "-c plan_cache_mode=force_custom_plan";
    return address;
}

PostgresDatabase::PostgresDatabase(const PostgresAddress& address, PostgresOptions options)
    : PostgresDatabase(options, prepared(address, options))
{
}

PostgresDatabase::PostgresDatabase(PostgresOptions options, const PostgresAddress& address)
    : refuses_(!options.writes_refused_by.empty()),
      begin_writing_(begin_writing(options.writes_refused_by)),
      patience_(options.patience),
      pool_(address, options.connections - scanning(options), options.patience),
      scanning_pool_(for_scanning(address), scanning(options), options.patience),
      version_watch_([this] { return server_state(); })
{
}

// A connection that was idle may turn out to be dead only when it is used, and then so may the other idle ones be: what
// only reads is asked once more, of a new one.
Task<Rows> PostgresDatabase::read(Sql sql, std::vector<Value> parameters)
{
    const Timed timed(counters_.read);
    for (auto which = PostgresPool::Which::any;; which = PostgresPool::Which::newly_made) {
        try {
            PostgresPool::Lease connection = co_await pool_.take(which);
            Rows rows = co_await connection->run(sql, parameters);
            co_return rows;
        } catch (const PostgresLost&) {
            if (which == PostgresPool::Which::newly_made)
                throw;
        }
    }
}

Task<Rows> PostgresDatabase::scan(Sql sql, std::vector<Value> parameters, int limit_ms)
{
    const Timed timed(counters_.scan);
    const std::chrono::milliseconds limit{std::max(1, limit_ms)};
    for (auto which = PostgresPool::Which::any;; which = PostgresPool::Which::newly_made) {
        try {
            PostgresPool::Lease connection = co_await scanning_pool_.take(which);
            co_await connection->limit_statements(limit);
            Rows rows = co_await connection->run(sql, parameters);
            co_return rows;
        } catch (const PostgresLost&) {
            if (which == PostgresPool::Which::newly_made)
                throw;
        }
    }
}

Task<std::uint64_t> PostgresDatabase::version()
{
    return version_watch_.number(patience_);
}

// Which transactions can be seen, of which life of which server: where that is the same again, the same is read. The
// server that takes over after a failover may have reached the same numbers by other transactions.
Task<std::string> PostgresDatabase::server_state()
{
    static constexpr Sql query{"SELECT txid_current_snapshot()::text, pg_postmaster_start_time()::text"};
    const Rows rows = co_await Database::read(query);
    std::string state(rows.front().text(0));
    state += ' ';
    state += rows.front().text(1);
    co_return state;
}

Task<Rows> PostgresDatabase::write(Sql sql, std::vector<Value> parameters)
{
    std::unique_ptr<Transaction> transaction = co_await begin();
    const Timed timed(counters_.write);
    Rows rows = co_await transaction->run(sql, std::move(parameters));
    co_await transaction->commit();
    co_return rows;
}

Task<std::unique_ptr<Transaction>> PostgresDatabase::begin()
{
    const Timed timed(counters_.wait);
    Turn::Held turn = co_await writing_.take(patience_);
    for (auto which = PostgresPool::Which::any;; which = PostgresPool::Which::newly_made) {
        try {
            PostgresPool::Lease connection = co_await pool_.take(which);
            const Rows refused = co_await connection->ask(begin_writing_);
            if (refuses_ && !refused.empty())
                throw WritesRefused(std::string(refused.front().text(0)));
            std::unique_ptr<Transaction> transaction =
                std::make_unique<PostgresTransaction>(bell_, std::move(turn), std::move(connection), counters_);
            co_return transaction;
        } catch (const PostgresLost&) {
            if (which == PostgresPool::Which::newly_made)
                throw; // else nothing was begun that mattered
        }
    }
}

Task<std::unique_ptr<Snapshot>> PostgresDatabase::snapshot()
{
    static constexpr Sql look{"SELECT 1"};
    for (auto which = PostgresPool::Which::any;; which = PostgresPool::Which::newly_made) {
        try {
            PostgresPool::Lease connection = co_await pool_.take(which);
            // Between two looks its reader may be busy elsewhere for long.
            co_await connection->command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                                         " SET LOCAL idle_in_transaction_session_timeout = 0");
            std::vector<Value> none;
            co_await connection->run(look, std::move(none)); // only the first look begins it
            std::unique_ptr<Snapshot> made = std::make_unique<PostgresSnapshot>(std::move(connection));
            co_return made;
        } catch (const PostgresLost&) {
            if (which == PostgresPool::Which::newly_made)
                throw;
        }
    }
}

Task<Rows> PostgresTransaction::run(Sql sql, std::vector<Value> parameters)
{
    if (state_ != State::open)
        throw std::logic_error("a transaction was used after its end: " + std::string(sql.text(Dialect::postgres)));
    // Until it went well: an error undoes the whole transaction.
    state_ = State::undone;
    const char* statement = sql.text(Dialect::postgres).data();
    try {
        Rows rows = co_await (*connection_)->run(sql, std::move(parameters));
        state_ = State::open;
        found_room_ = found_room_ || statement == counters_.without_room;
        co_return rows;
    } catch (const StorageFull&) {
        counters_.without_room = statement;
        throw;
    }
}

Task<> PostgresTransaction::commit()
{
    if (state_ != State::open)
        throw std::logic_error("a transaction that failed or ended was committed");
    state_ = State::undone;
    FAIL_POINT("postgres.before_commit");
    co_await (*connection_)->command("COMMIT");
    FAIL_POINT("postgres.after_commit");
    state_ = State::ended;
    connection_.reset(); // whoever goes on with this object in hand holds nobody up
    turn_ = {};
    counters_.transaction.add(std::chrono::steady_clock::now() - begun_);
    if (found_room_)
        counters_.without_room = nullptr;
    committed();
}

// In a schema of its own, gone with the object.
class TemporaryPostgres final : public Database {
public:
    TemporaryPostgres(PostgresAddress address, PostgresOptions options) : address_(std::move(address))
    {
        address_.schema = "test_" + random_hex(8);
        administer("CREATE SCHEMA " + address_.schema);
        engine_ = open_postgres(address_, std::move(options));
        bell_ = std::shared_ptr<CommitBell>(&engine_->bell(), [](CommitBell*) {});
    }
    ~TemporaryPostgres() override
    {
        engine_.reset();
        try {
            administer("DROP SCHEMA " + address_.schema + " CASCADE");
        } catch (const std::exception&) { // the next run begins with a new server anyway
        }
    }
    TemporaryPostgres(const TemporaryPostgres&) = delete;
    TemporaryPostgres& operator=(const TemporaryPostgres&) = delete;

    Task<Rows> read(Sql sql, std::vector<Value> parameters) override
    {
        return engine_->read(sql, std::move(parameters));
    }
    Task<Rows> scan(Sql sql, std::vector<Value> parameters, int limit_ms) override
    {
        return engine_->scan(sql, std::move(parameters), limit_ms);
    }
    Task<Rows> write(Sql sql, std::vector<Value> parameters) override
    {
        return engine_->write(sql, std::move(parameters));
    }
    Task<std::unique_ptr<Transaction>> begin() override { return engine_->begin(); }
    Task<std::unique_ptr<Snapshot>> snapshot() override { return engine_->snapshot(); }
    Task<std::uint64_t> version() override { return engine_->version(); }
    Dialect dialect() const override { return engine_->dialect(); }

private:
    void administer(std::string command)
    {
        PostgresAddress plain = address_;
        plain.schema.clear();
        PostgresConnection connection(plain);
        run_blocking(connection.command("BEGIN READ WRITE; " + command + "; COMMIT"));
    }

    PostgresAddress address_;
    std::unique_ptr<Database> engine_;
};

} // namespace

std::unique_ptr<Database> open_postgres(const PostgresAddress& address, PostgresOptions options)
{
    return std::make_unique<PostgresDatabase>(address, std::move(options));
}

std::unique_ptr<Database> open_temporary_postgres(PostgresOptions options)
{
    const char* socket = std::getenv("VITRINA_TEST_POSTGRES");
    if (!socket)
        throw std::runtime_error("VITRINA_TEST_POSTGRES does not name a server");
    PostgresAddress address;
    address.host = socket;
    address.name = address.login.user = "vitrina";
    return std::make_unique<TemporaryPostgres>(std::move(address), std::move(options));
}

} // namespace vitrina

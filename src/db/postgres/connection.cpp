#include "db/postgres/connection.hpp"

#include "db/postgres/connect_trouble.hpp"

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/wait_traits.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <deque>
#include <libpq-fe.h>
#include <poll.h>
#include <utf8proc.h>

namespace vitrina {
namespace {

// What every session of ours starts with. Reading is the rule; whoever writes says so (BEGIN READ WRITE). Who is frozen
// or cut off in the middle of a transaction holds the lock of all writers: the server is to notice within seconds.
constexpr std::chrono::milliseconds statement_limit{30'000};
constexpr const char* session_options =
    "-c default_transaction_read_only=on -c default_transaction_isolation=read\\ committed"
    " -c lock_timeout=10000 -c idle_in_transaction_session_timeout=10000 -c TimeZone=UTC -c client_min_messages=warning"
    " -c standard_conforming_strings=on -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"
    " -c tcp_user_timeout=6000";

// In one line, to go on after.
std::string without_end(std::string_view message)
{
    std::string line;
    for (const char c : message)
        line += c == '\n' ? ' ' : c;
    while (line.ends_with(' ') || line.ends_with('.'))
        line.pop_back();
    return line;
}

// Errors (SQLSTATE) after which a connection is of no use. The server goes away (57P…, 080…); it cannot be written to,
// though whoever writes says so: it is a standby by now (25006; 0A000 where that is found out by BEGIN READ WRITE); or
// a statement that is kept does not fit any more: "cached plan must not change result type" (0A000), or somebody
// between us and the server mixes sessions up (26000, 42P05).
bool is_useless_after(std::string_view state)
{
    return state.starts_with("57P") || state.starts_with("080") || state == "25006" || state == "0A000" ||
           state == "26000" || state == "42P05";
}

// PostgreSQL's own class of the error (SQLSTATE), thrown as what the rest of the program knows.
[[noreturn]] void throw_error(const std::string& state, const std::string& message)
{
    using Kind = ConstraintViolation::Kind;
    const std::string& what = message;
    if (state == "23505")
        throw ConstraintViolation(Kind::unique, what);
    if (state == "23503")
        throw ConstraintViolation(Kind::foreign_key, what);
    if (state == "23502")
        throw ConstraintViolation(Kind::not_null, what);
    if (state == "23514")
        throw ConstraintViolation(Kind::check, what);
    if (state.starts_with("23"))
        throw ConstraintViolation(Kind::other, what);
    if (state == "53100")
        throw StorageFull("PostgreSQL has no room left: " + what +
                          ". Free space on the server that DB_HOST names; it goes on by itself then.");
    if (state == "57014")
        throw ScanTimeout(what); // statement_timeout
    if (state.starts_with("53") || state == "55P03" || state == "40001" || state == "40P01" || state == "25P03")
        throw Unavailable(what);
    throw std::runtime_error(what);
}

// Types whose text is a number; the rest is text. OIDs are PostgreSQL's own and never change.
constexpr Oid bool_type = 16, int8_type = 20, int2_type = 21, int4_type = 23, oid_type = 26, float4_type = 700,
              float8_type = 701, numeric_type = 1700;

template <class Number>
Number number_of(std::string_view text)
{
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

void add_cell(Rows& rows, Oid type, std::string_view text)
{
    switch (type) {
    case bool_type: rows.add_integer(text == "t" ? 1 : 0); break;
    case int2_type:
    case int4_type:
    case int8_type:
    case oid_type: rows.add_integer(number_of<std::int64_t>(text)); break;
    case float4_type:
    case float8_type: rows.add_real(number_of<double>(text)); break;
    case numeric_type:
        if (text.find_first_of(".eN") == std::string_view::npos)
            rows.add_integer(number_of<std::int64_t>(text));
        else
            rows.add_real(number_of<double>(text));
        break;
    default: rows.add_text(text);
    }
}

Rows rows_of(const PGresult* result)
{
    const int columns = PQnfields(result), count = PQntuples(result);
    Rows rows{std::size_t(columns)};
    for (int row = 0; row < count; ++row)
        for (int column = 0; column < columns; ++column)
            if (PQgetisnull(result, row, column))
                rows.add_null();
            else
                add_cell(rows, PQftype(result, column),
                         {PQgetvalue(result, row, column), std::size_t(PQgetlength(result, row, column))});
    const std::string_view changed = PQcmdTuples(const_cast<PGresult*>(result));
    if (std::string_view(PQcmdStatus(const_cast<PGresult*>(result))).starts_with("SELECT") == false)
        rows.set_changed(number_of<std::int64_t>(changed));
    return rows;
}

// How many bytes from the front on are text that can be held.
std::size_t holdable_prefix(std::string_view text)
{
    std::size_t at = 0;
    while (at < text.size()) {
        utf8proc_int32_t point = 0;
        const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at);
        const utf8proc_ssize_t length = utf8proc_iterate(bytes, utf8proc_ssize_t(text.size() - at), &point);
        if (length < 1 || point == 0)
            break;
        at += std::size_t(length);
    }
    return at;
}

// What PostgreSQL cannot hold: NUL, and bytes that are no UTF-8. What the domain stores has neither; of what a client
// looks for, it equals nothing there is, and U+FFFD stands in for it.
bool can_hold(std::string_view text)
{
    return holdable_prefix(text) == text.size();
}

std::string holdable(std::string_view text)
{
    std::string clean;
    while (!text.empty()) {
        const std::size_t good = holdable_prefix(text);
        clean += text.substr(0, good);
        if (good == text.size())
            break;
        clean += "\xef\xbf\xbd";
        text.remove_prefix(good + 1);
    }
    return clean;
}

// Whether the server refuses the password (SQLSTATE 28P01). libpq keeps the code of a failed connection to itself and
// tells it only in the words of another try, whose language, unlike the rest of them, is no question.
bool refuses_password(PGconn* connection)
{
    const std::string_view said = PQerrorMessage(connection);
    if (said.find(":  ") == said.npos) // as libpq writes what a server said, and nothing else
        return false;
    PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
    PQreset(connection);
    return std::string_view(PQerrorMessage(connection)).find(" 28P01: ") != std::string_view::npos;
}

// Parameters as libpq takes them: all as text.
class Parameters {
public:
    explicit Parameters(std::span<const Value> values)
    {
        texts_.reserve(values.size());
        for (const Value& value : values)
            add(value);
    }
    int size() const { return int(pointers_.size()); }
    const char* const* data() const { return pointers_.data(); }

private:
    void add(const Value& value)
    {
        if (const auto* text = std::get_if<std::string>(&value)) {
            pointers_.push_back(can_hold(*text) ? text->c_str() : replaced_.emplace_back(holdable(*text)).c_str());
        } else if (std::holds_alternative<std::monostate>(value)) {
            pointers_.push_back(nullptr);
        } else {
            std::array<char, 32>& room = texts_.emplace_back();
            char* end = room.data();
            if (const auto* integer = std::get_if<std::int64_t>(&value))
                end = std::to_chars(room.data(), room.data() + room.size() - 1, *integer).ptr;
            else
                end = std::to_chars(room.data(), room.data() + room.size() - 1, std::get<double>(value)).ptr;
            *end = '\0';
            pointers_.push_back(room.data());
        }
    }

    std::deque<std::string> replaced_;
    std::vector<std::array<char, 32>> texts_; // never grows past what was reserved: pointers stay good
    std::vector<const char*> pointers_;
};

std::string name_of(std::string_view text)
{
    std::array<char, 24> digits;
    const auto end =
        std::to_chars(digits.data(), digits.data() + digits.size(), reinterpret_cast<std::uintptr_t>(text.data()), 36);
    return "s" + std::string(digits.data(), end.ptr);
}

// The greatest of $1, $2, …: how many parameters the statement takes.
int most_of(std::string_view text)
{
    int most = 0;
    for (std::size_t at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1))
        most = std::max(most, number_of<int>(text.substr(at + 1)));
    return most;
}

} // namespace

// The connection's socket on the loop of whoever uses it just now; the socket stays libpq's. A server that says nothing
// for longer than any statement may take is given up.
class PostgresConnection::Watching {
public:
    Watching(Executor loop, int socket, bool patient) : watch_(loop, socket), deadline_(loop)
    {
        if (patient)
            return;
        deadline_.expires_after(longest_silence);
        deadline_.async_wait([state = state_, this](boost::system::error_code cancelled) {
            if (!cancelled && !state->ended) {
                state->late = true;
                watch_.cancel();
            }
        });
    }
    ~Watching()
    {
        state_->ended = true;
        watch_.release();
    }
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

    // False when it took too long.
    Task<bool> readable() { return wait(Watch::wait_read); }
    Task<bool> writable() { return wait(Watch::wait_write); }

private:
    using Watch = boost::asio::posix::basic_stream_descriptor<Executor>;
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
    // statement_timeout, and what a busy network takes.
    static constexpr std::chrono::seconds longest_silence{45};
    struct State {
        bool ended = false, late = false;
    };

    Task<bool> wait(boost::asio::posix::descriptor_base::wait_type what)
    {
        boost::system::error_code failed;
        const boost::asio::use_awaitable_t<Executor> token;
        auto quietly = boost::asio::redirect_error(token, failed);
        co_await watch_.async_wait(what, quietly);
        if (failed && !state_->late)
            throw boost::system::system_error(failed);
        co_return !state_->late;
    }

    Watch watch_;
    Timer deadline_;
    std::shared_ptr<State> state_ = std::make_shared<State>(); // outlives this in the timer's handler
};

void PostgresConnection::Freed::operator()(pg_result* result) const
{
    PQclear(result);
}

PostgresConnection::PostgresConnection(const PostgresAddress& address) : limit_(statement_limit)
{
    std::string options = session_options;
    options += " -c statement_timeout=" + std::to_string(statement_limit.count());
    if (!address.schema.empty())
        options += " -c search_path=" + address.schema;
    if (!address.session.empty())
        options += ' ' + address.session;
    const std::string within = std::to_string(address.connect_within.count());
    const std::array<std::pair<const char*, const char*>, 16> settings{{
        {"host", address.host.c_str()},
        {"port", address.port.c_str()},
        {"dbname", address.name.c_str()},
        {"user", address.login.user.c_str()},
        {"password", address.login.password.empty() ? nullptr : address.login.password.reveal().c_str()},
        {"sslmode", address.sslmode.c_str()},
        {"sslrootcert", address.ca_file.empty() ? nullptr : address.ca_file.c_str()},
        {"connect_timeout", within.c_str()},
        {"application_name", "vitrina"},
        {"client_encoding", "UTF8"},
        {"options", options.c_str()},
        {"target_session_attrs", "primary"},
        // A server that was cut off is noticed in seconds, not in hours.
        {"keepalives_idle", "5"},
        {"keepalives_interval", "2"},
        {"keepalives_count", "3"},
        {"tcp_user_timeout", "6000"},
    }};
    std::array<const char*, settings.size() + 1> names{}, values{};
    std::size_t count = 0;
    for (const auto& [name, value] : settings)
        if (value) {
            names[count] = name;
            values[count++] = value;
        }
    connection_ = PQconnectdbParams(names.data(), values.data(), 0);
    if (!connection_ || PQstatus(connection_) != CONNECTION_OK) {
        const std::string said = connection_ ? without_end(PQerrorMessage(connection_)) : "no memory";
        const std::string why = "PostgreSQL cannot be reached: " + said + ". " + std::string(settings_to_see(said));
        const bool refused = connection_ && address.newest_login && refuses_password(connection_);
        PQfinish(connection_);
        if (refused)
            throw PostgresRefused(why);
        throw Unavailable(why);
    }
    PQsetnonblocking(connection_, 1);
}

PostgresConnection::~PostgresConnection()
{
    PQfinish(connection_);
}

std::string PostgresConnection::host() const
{
    return PQhost(connection_);
}

bool PostgresConnection::is_fresh() const
{
    if (lost_ || PQstatus(connection_) != CONNECTION_OK || PQtransactionStatus(connection_) != PQTRANS_IDLE)
        return false;
    pollfd socket{PQsocket(connection_), POLLIN, 0};
    return ::poll(&socket, 1, 0) == 0;
}

bool PostgresConnection::is_within_transaction() const
{
    const auto status = PQtransactionStatus(connection_);
    return !lost_ && PQstatus(connection_) == CONNECTION_OK && (status == PQTRANS_INTRANS || status == PQTRANS_INERROR);
}

void PostgresConnection::roll_back()
{
    PQsetnonblocking(connection_, 0);
    PQclear(PQexec(connection_, "ROLLBACK"));
    PQsetnonblocking(connection_, 1);
}

void PostgresConnection::lost(const std::string& why)
{
    lost_ = true;
    throw PostgresLost(why);
}

std::string PostgresConnection::trouble(std::string_view doing) const
{
    return "postgres: " + without_end(PQerrorMessage(connection_)) + " while " + std::string(doing);
}

Task<> PostgresConnection::flush(Watching& watching)
{
    while (true) {
        const int left = PQflush(connection_);
        if (left == 0)
            co_return;
        if (left < 0)
            lost(trouble("sending a statement"));
        const bool in_time = co_await watching.writable();
        if (!in_time)
            lost("postgres: the server takes nothing more");
    }
}

Task<PostgresConnection::Result> PostgresConnection::answer(Watching& watching)
{
    co_await flush(watching);
    Result last;
    std::string state, message;
    while (true) {
        while (PQisBusy(connection_)) {
            const bool in_time = co_await watching.readable();
            if (!in_time)
                lost("postgres: the server did not answer");
            if (PQconsumeInput(connection_) != 1)
                lost(trouble("reading an answer"));
        }
        Result next(PQgetResult(connection_));
        if (!next)
            break;
        const ExecStatusType status = PQresultStatus(next.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY && message.empty()) {
            const char* code = PQresultErrorField(next.get(), PG_DIAG_SQLSTATE);
            state = code ? code : "";
            const char* primary = PQresultErrorField(next.get(), PG_DIAG_MESSAGE_PRIMARY);
            message = primary ? primary : without_end(PQresultErrorMessage(next.get()));
        }
        last = std::move(next);
    }
    if (PQstatus(connection_) != CONNECTION_OK)
        lost(trouble("reading an answer"));
    if (message.empty())
        co_return last;
    const std::string what = "postgres: " + message + " (" + state + ")";
    if (is_useless_after(state))
        lost(what);
    throw_error(state, what);
}

Task<Rows> PostgresConnection::run(Sql sql, std::vector<Value> parameters)
{
    const std::string_view text = sql.text(Dialect::postgres);
    if (text.empty())
        co_return Rows{};
    if (!prepared_.contains(text.data()))
        co_await prepare(text);
    if (int(parameters.size()) != prepared_.at(text.data()))
        throw std::logic_error("postgres: " + std::to_string(parameters.size()) + " parameters for " +
                               std::string(text));
    const Parameters values(parameters);
    const std::string name = name_of(text);
    if (PQsendQueryPrepared(connection_, name.c_str(), values.size(), values.data(), nullptr, nullptr, 0) != 1)
        lost(trouble("sending a statement"));
    const Executor here = co_await boost::asio::this_coro::executor;
    Watching watching(here, PQsocket(connection_), patient_);
    const Result result = co_await answer(watching);
    co_return rows_of(result.get());
}

Task<> PostgresConnection::prepare(std::string_view text)
{
    const std::string name = name_of(text);
    if (PQsendPrepare(connection_, name.c_str(), std::string(text).c_str(), 0, nullptr) != 1)
        lost(trouble("preparing a statement"));
    const Executor here = co_await boost::asio::this_coro::executor;
    Watching watching(here, PQsocket(connection_), patient_);
    co_await answer(watching);
    prepared_.emplace(text.data(), most_of(text));
}

Task<Rows> PostgresConnection::ask(std::string text)
{
    if (PQsendQuery(connection_, text.c_str()) != 1)
        lost(trouble("sending a command"));
    const Executor here = co_await boost::asio::this_coro::executor;
    Watching watching(here, PQsocket(connection_), patient_);
    const Result result = co_await answer(watching);
    co_return rows_of(result.get());
}

Task<> PostgresConnection::limit_statements(std::chrono::milliseconds limit)
{
    if (limit == limit_)
        co_return;
    co_await command("SET statement_timeout = " + std::to_string(limit.count()));
    limit_ = limit;
}

Task<> PostgresConnection::command(std::string text)
{
    co_await ask(std::move(text));
}

} // namespace vitrina

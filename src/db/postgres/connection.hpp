#pragma once
#include "core/errors.hpp"
#include "core/secret.hpp"
#include "db/database.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

struct pg_conn;
struct pg_result;

namespace vitrina {

// A connection that was there is lost. Outside db/postgres it is just Unavailable, as a server that was never reached
// is.
class PostgresLost : public Unavailable {
public:
    using Unavailable::Unavailable;
};

// The server does not take the password.
class PostgresRefused : public Unavailable {
public:
    using Unavailable::Unavailable;
};

struct PostgresLogin {
    std::string user;
    Secret password;
};

struct PostgresAddress {
    // A name, an address, or the directory of a Unix socket. Several, comma separated: servers of which one is the
    // primary, now this one and then that one.
    std::string host;
    std::string port = "5432", name;
    PostgresLogin login;
    // Asked when the server refuses the password, where somebody may have changed it. Blocks; throws Unavailable.
    std::function<PostgresLogin()> newest_login{};
    std::string sslmode = "prefer", ca_file; // as libpq means them
    std::string schema;                      // "" for the user's own search path
    std::string session;                     // more settings of the session, as "-c name=value"
    std::chrono::seconds connect_within{5};
};

// One connection and the statements it keeps prepared. Used by one task at a time; waits on the loop of that task.
class PostgresConnection {
public:
    // To the primary. Blocks, for at most `connect_within` for each address of each name. Throws Unavailable with a
    // sentence that names no secret; PostgresRefused only where there may be a newer login.
    explicit PostgresConnection(const PostgresAddress& address);
    ~PostgresConnection();
    PostgresConnection(const PostgresConnection&) = delete;
    PostgresConnection& operator=(const PostgresConnection&) = delete;

    Task<Rows> run(Sql sql, std::vector<Value> parameters);
    // One or more statements without parameters, not kept. Gives the rows of the last.
    Task<Rows> ask(std::string text);
    Task<> command(std::string text);
    // How long each statement from now on may take; asks nothing of the server where that is so already.
    Task<> limit_statements(std::chrono::milliseconds limit);

    // Which of the hosts it leads to, as it was written.
    std::string host() const;
    // The server was lost, or is none to write to any more; other connections that were made to it are not better off.
    bool is_lost() const { return lost_; }
    // Whether it can be used again: open, between transactions, and nothing came unasked, which only a server that is
    // about to hang up sends.
    bool is_fresh() const;
    // Open, and a ROLLBACK would make it usable again.
    bool is_within_transaction() const;
    // Blocks. Whether it went well shows in is_fresh().
    void roll_back();
    // Statements may take as long as they take: for migrations.
    void be_patient() { patient_ = true; }

private:
    class Watching;
    struct Freed {
        void operator()(pg_result* result) const;
    };
    using Result = std::unique_ptr<pg_result, Freed>;

    Task<> prepare(std::string_view text);
    Task<Result> answer(Watching& watching); // the last result of what was sent; the first error is thrown
    Task<> flush(Watching& watching);
    [[noreturn]] void lost(const std::string& why);
    std::string trouble(std::string_view doing) const;

    pg_conn* connection_ = nullptr;
    bool patient_ = false;
    bool lost_ = false;
    std::chrono::milliseconds limit_; // of a statement
    // By address: the texts are constants of the program, so there are as many as there are statements in it.
    std::unordered_map<const char*, int> prepared_; // and how many parameters they take
};

} // namespace vitrina

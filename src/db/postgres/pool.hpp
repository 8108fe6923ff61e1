#pragma once
#include "core/run_on.hpp"
#include "core/turn.hpp"
#include "db/postgres/connection.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace vitrina {

// The connections of a process, shared by all its loops.
class PostgresPool {
public:
    // One that is taken. Dropping it gives it back: at once where it is between transactions, else after a ROLLBACK on
    // a thread of the pool's own; what was left in the middle of an answer is closed.
    class Lease {
    public:
        Lease(PostgresPool& pool, Turn::Held place, std::unique_ptr<PostgresConnection> connection)
            : pool_(&pool), place_(std::move(place)), connection_(std::move(connection))
        {
        }
        Lease(Lease&&) noexcept = default;
        Lease& operator=(Lease&&) = delete;
        ~Lease()
        {
            if (connection_)
                pool_->give_back(std::move(connection_), std::move(place_));
        }
        PostgresConnection* operator->() { return connection_.get(); }

    private:
        PostgresPool* pool_;
        Turn::Held place_;
        std::unique_ptr<PostgresConnection> connection_;
    };

    PostgresPool(PostgresAddress address, int connections, std::chrono::milliseconds patience);

    enum class Which { any, newly_made };
    // Throws Unavailable. `newly_made`: after another one turned out to be dead, as the rest of them may be.
    Task<Lease> take(Which which = Which::any);

private:
    std::unique_ptr<PostgresConnection> idle_one();
    void check_reachable();
    std::unique_ptr<PostgresConnection> connect();
    std::unique_ptr<PostgresConnection> log_in();
    PostgresAddress address() const;
    bool renew_login(const Secret& refused);
    void forget_idle_ones();
    void give_back(std::unique_ptr<PostgresConnection> connection, Turn::Held place);
    void keep_if_fresh(std::unique_ptr<PostgresConnection> connection);

    std::mutex renewing_; // held while the newest login is asked for, by threads that may block
    std::chrono::steady_clock::time_point next_renewal_{};
    const std::chrono::milliseconds patience_;
    mutable std::mutex mutex_; // of what follows
    PostgresAddress address_; // with the login that was good last, and the hosts in the order to ask them in
    std::vector<std::unique_ptr<PostgresConnection>> idle_; // the last used first: what is too many grows old
    std::chrono::steady_clock::time_point unreachable_until_{};
    std::string why_unreachable_;
    Turn places_;
    Pool blocking_{2}; // name resolution and the handshake
    // What is rolled back with nobody there to wait for it: it may hold the turn of all writers, so it waits for no
    // handshake.
    Pool rollbacks_{1};
};

} // namespace vitrina

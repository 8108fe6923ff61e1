#include "db/postgres/pool.hpp"

#include "core/log.hpp"
#include "db/postgres/hosts.hpp"

#include <boost/asio/post.hpp>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// After a connection that failed, the next ones are not even tried for so long: whoever asks is told at once.
constexpr auto pause_after_failure = 500ms;
// While a password is being exchanged there are seconds in which the server has the new one and its keeper the old.
constexpr auto between_renewals = 5s;

} // namespace

PostgresPool::PostgresPool(PostgresAddress address, int connections, std::chrono::milliseconds patience)
    : patience_(patience), address_(std::move(address)), places_(connections)
{
}

Task<PostgresPool::Lease> PostgresPool::take(Which which)
{
    Turn::Held place = co_await places_.take(patience_);
    std::unique_ptr<PostgresConnection> connection = which == Which::any ? idle_one() : nullptr;
    if (!connection) {
        check_reachable();
        auto work = [this] { return connect(); };
        connection = co_await run_on(blocking_, std::move(work));
    }
    co_return Lease(*this, std::move(place), std::move(connection));
}

void PostgresPool::check_reachable()
{
    const std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() < unreachable_until_)
        throw Unavailable(why_unreachable_);
}

// On a thread that may block. Those who queued behind one that failed are not held up by failures of their own.
//
// Of several hosts the primary of a moment ago is asked first: nobody waits for one that has been away since yesterday.
// When none of them is the primary, another one each time: it may be one that was cut off that keeps us waiting, and
// the one behind it that takes over.
std::unique_ptr<PostgresConnection> PostgresPool::connect()
{
    check_reachable();
    const std::string asked = address().host;
    try {
        auto connection = log_in();
        const std::lock_guard lock(mutex_);
        address_.host = hosts_beginning_with(asked, connection->host());
        return connection;
    } catch (const Unavailable& error) {
        const std::lock_guard lock(mutex_);
        address_.host = hosts_turned(asked);
        unreachable_until_ = std::chrono::steady_clock::now() + pause_after_failure;
        why_unreachable_ = error.what();
        throw;
    }
}

std::unique_ptr<PostgresConnection> PostgresPool::log_in()
{
    const PostgresAddress tried = address();
    try {
        return std::make_unique<PostgresConnection>(tried);
    } catch (const PostgresRefused&) {
        if (!renew_login(tried.login.password))
            throw;
    }
    return std::make_unique<PostgresConnection>(address());
}

PostgresAddress PostgresPool::address() const
{
    const std::lock_guard lock(mutex_);
    return address_;
}

// True when there is another login now than the one that was refused.
bool PostgresPool::renew_login(const Secret& refused)
{
    const std::lock_guard one_at_a_time(renewing_);
    const PostgresAddress known = address();
    if (known.login.password.reveal() != refused.reveal())
        return true; // another thread renewed it
    const auto now = std::chrono::steady_clock::now();
    if (now < next_renewal_)
        return false;
    next_renewal_ = now + between_renewals;
    PostgresLogin newest;
    try {
        newest = known.newest_login();
    } catch (const Unavailable& error) {
        throw Unavailable(
            std::string("PostgreSQL refuses the password, and whether there is a newer one is unknown: ") +
            error.what());
    }
    if (newest.password.reveal() == refused.reveal())
        return false;
    log(LogLevel::info, "PostgreSQL refuses the password that was good before; there is a newer one", {});
    const std::lock_guard lock(mutex_);
    address_.login = std::move(newest);
    return true;
}

std::unique_ptr<PostgresConnection> PostgresPool::idle_one()
{
    while (true) {
        std::unique_ptr<PostgresConnection> connection;
        {
            const std::lock_guard lock(mutex_);
            if (idle_.empty())
                return nullptr;
            connection = std::move(idle_.back());
            idle_.pop_back();
        }
        if (connection->is_fresh())
            return connection;
    }
}

// Much of what is dropped within a transaction is no accident: a change that changed nothing, a condition that did not
// hold. Whoever drops it may be anywhere, so it is rolled back here.
void PostgresPool::give_back(std::unique_ptr<PostgresConnection> connection, Turn::Held place)
{
    if (connection->is_lost())
        forget_idle_ones();
    if (!connection->is_within_transaction()) {
        keep_if_fresh(std::move(connection));
        return;
    }
    boost::asio::post(rollbacks_, [this, connection = std::move(connection), place = std::move(place)]() mutable {
        connection->roll_back();
        keep_if_fresh(std::move(connection));
    });
}

// They lead to a server that is gone; to a machine that was cut off nobody tells them, and whoever took one would wait
// in vain.
void PostgresPool::forget_idle_ones()
{
    std::vector<std::unique_ptr<PostgresConnection>> gone;
    const std::lock_guard lock(mutex_);
    gone.swap(idle_);
}

void PostgresPool::keep_if_fresh(std::unique_ptr<PostgresConnection> connection)
{
    if (!connection->is_fresh())
        return;
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
}

} // namespace vitrina

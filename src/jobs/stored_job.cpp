#include "jobs/stored_job.hpp"

#include "core/fail_point.hpp"

namespace vitrina {
namespace {

// Enough to understand a job by, and a bound on what a thousand failures can leave in its row.
constexpr std::size_t longest_error = 1'000;
constexpr std::size_t longest_history = 8'000;

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

StoredJob read_job(const Row& row)
{
    StoredJob job{.id = std::string(row.text(0)),
                  .kind = std::string(row.text(1)),
                  .subject = std::string(row.text(2)),
                  .payload = std::string(row.text(3)),
                  .owner = std::string(row.text(4)),
                  .history = std::string(row.text(5)),
                  .lease = {}};
    job.lease.phase = row.is_null(4) ? Lease::Phase::waiting : Lease::Phase::leased;
    job.lease.due_at = Instant{std::chrono::microseconds{row.integer(6)}};
    job.lease.fence = row.integer(7);
    job.lease.attempts = int(row.integer(8));
    job.lease.max_attempts = int(row.integer(9));
    return job;
}

// "2026-03-01T12:00:00.000000Z worker-1: the network is down\n"; the oldest lines make room.
void add_line(std::string& history, Instant now, const std::string& owner, const std::string& error)
{
    history += rfc3339(now) + ' ' + owner + ": " + error.substr(0, longest_error) + '\n';
    while (history.size() > longest_history)
        history.erase(0, history.find('\n') + 1);
}

Task<> bury(Transaction& transaction, StoredJob job, Lease after, std::string error, Instant now)
{
    static constexpr Sql add{"INSERT INTO dead_jobs (id, kind, subject, payload, unique_key, fence, attempts,"
                             " max_attempts, last_error, history, created_at, died_at)"
                             " SELECT id, kind, subject, payload, unique_key, $2, $3, max_attempts, $4, $5,"
                             " created_at, $6 FROM jobs WHERE id = $1"};
    static constexpr Sql remove{"DELETE FROM jobs WHERE id = $1"};
    co_await transaction.run(add, job.id, after.fence, after.attempts, error.substr(0, longest_error), job.history,
                             micros(now));
    co_await transaction.run(remove, job.id);
}

} // namespace

Task<std::optional<StoredJob>> load_job(Transaction& transaction, JobId id)
{
    static constexpr Sql query{
        "SELECT id, kind, subject, payload, owner, history, due_at, fence, attempts, max_attempts"
        " FROM jobs WHERE id = $1",
        "SELECT id, kind, subject, payload, owner, history, due_at, fence, attempts, max_attempts"
        " FROM jobs WHERE id = $1 FOR UPDATE"};
    const Rows rows = co_await transaction.run(query, id.text());
    if (rows.empty())
        co_return std::nullopt;
    co_return read_job(rows.front());
}

Task<std::optional<StoredJob>> load_due_job(Transaction& transaction, const std::vector<std::string>& kinds,
                                            Instant now)
{
    static constexpr Sql query{
        "SELECT id, kind, subject, payload, owner, history, due_at, fence, attempts, max_attempts"
        " FROM jobs WHERE kind = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 1",
        "SELECT id, kind, subject, payload, owner, history, due_at, fence, attempts, max_attempts"
        " FROM jobs WHERE kind = $1 AND due_at <= $2 ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED"};
    std::optional<StoredJob> longest;
    for (const std::string& kind : kinds) {
        const Rows rows = co_await transaction.run(query, kind, micros(now));
        if (rows.empty())
            continue;
        StoredJob job = read_job(rows.front());
        if (!longest || job.lease.due_at < longest->lease.due_at)
            longest = std::move(job);
    }
    co_return longest;
}

Task<> store_job(Transaction& transaction, StoredJob job, Lease after, std::string owner, std::string error,
                 Instant now)
{
    if (!error.empty())
        add_line(job.history, now, job.owner, error);

    static constexpr Sql remove{"DELETE FROM jobs WHERE id = $1"};
    static constexpr Sql update{"UPDATE jobs SET due_at = $2, owner = $3, fence = $4, attempts = $5, history = $6"
                                " WHERE id = $1"};
    FAIL_POINT("jobs.store");
    switch (after.phase) {
    case Lease::Phase::finished: co_await transaction.run(remove, job.id); co_return;
    case Lease::Phase::dead: co_await bury(transaction, std::move(job), after, std::move(error), now); co_return;
    case Lease::Phase::waiting:
    case Lease::Phase::leased: break;
    }
    const bool leased = after.phase == Lease::Phase::leased;
    const Value holder = leased ? Value(std::move(owner)) : Value(std::monostate{});
    co_await transaction.run(update, job.id, micros(after.due_at), holder, after.fence, after.attempts, job.history);
}

} // namespace vitrina

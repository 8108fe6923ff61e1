#include "jobs/queue.hpp"

#include "core/fail_point.hpp"
#include "core/random.hpp"
#include "db/standing.hpp"
#include "jobs/stored_job.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace vitrina {
namespace {

constexpr const char* vanished = "the worker vanished: its lease ran out";

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

JobId job_id(std::string_view text)
{
    const auto id = JobId::parse(text);
    if (!id)
        throw std::runtime_error("a job in the database has the malformed id " + std::string(text));
    return *id;
}

DeadJob read_dead_job(const Row& row)
{
    return {.id = job_id(row.text(0)),
            .kind = std::string(row.text(1)),
            .subject = std::string(row.text(2)),
            .payload = std::string(row.text(3)),
            .attempts = int(row.integer(4)),
            .last_error = std::string(row.text(5)),
            .history = std::string(row.text(6)),
            .died_at = Instant{std::chrono::microseconds{row.integer(7)}}};
}

} // namespace

struct JobQueue::Listeners {
    std::mutex mutex;
    std::map<int, std::function<void()>> wakes;
    int next = 0;
};

JobQueue::JobQueue(Database& database, const Clock& clock, RetryPolicy retry)
    : db_(database), clock_(clock), retry_(retry), listeners_(std::make_shared<Listeners>())
{
}

JobQueue::~JobQueue() = default;

Task<std::optional<JobId>> JobQueue::enqueue(Transaction& transaction, NewJob job)
{
    static constexpr Sql add{"INSERT INTO jobs (id, kind, subject, payload, unique_key, due_at, max_attempts,"
                             " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
                             " ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING"};
    const Instant now = clock_.now();
    const JobId id = JobId::make(now);
    const Value unique_key = job.unique_key.empty() ? Value(std::monostate{}) : Value(std::move(job.unique_key));
    FAIL_POINT("jobs.enqueue");
    const Rows added = co_await transaction.run(add, id.text(), job.kind, job.subject, job.payload, unique_key,
                                                micros(job.run_at.value_or(now)), job.max_attempts, micros(now));
    co_return added.changed() == 1 ? std::optional(id) : std::nullopt;
}

Task<bool> JobQueue::cancel(Transaction& transaction, std::string unique_key)
{
    static constexpr Sql remove{"DELETE FROM jobs WHERE unique_key = $1"};
    const Rows removed = co_await transaction.run(remove, unique_key);
    co_return removed.changed() > 0;
}

Task<bool> JobQueue::hurry(Transaction& transaction, JobId id)
{
    static constexpr Sql bring_forward{
        "UPDATE jobs SET due_at = CASE WHEN owner IS NULL AND due_at > $2 THEN $2 ELSE due_at END WHERE id = $1"};
    const Rows rows = co_await transaction.run(bring_forward, id.text(), micros(clock_.now()));
    co_return rows.changed() > 0;
}

Task<bool> JobQueue::has_unfinished(Transaction& transaction, std::string unique_key)
{
    static constexpr Sql query{"SELECT 1 FROM jobs WHERE unique_key = $1"};
    const Rows rows = co_await transaction.run(query, std::move(unique_key));
    co_return !rows.empty();
}

Task<bool> JobQueue::holds(Transaction& transaction, const Job& job)
{
    static constexpr Sql query{"SELECT 1 FROM jobs WHERE id = $1 AND fence = $2",
                               "SELECT 1 FROM jobs WHERE id = $1 AND fence = $2 FOR UPDATE"};
    const Rows rows = co_await transaction.run(query, job.id.text(), job.fence);
    if (rows.empty())
        ++counters_.fenced;
    co_return !rows.empty();
}

Task<bool> JobQueue::holds(const Job& job)
{
    static constexpr Sql query{"SELECT 1 FROM jobs WHERE id = $1 AND fence = $2"};
    const Rows rows = co_await db_.read(query, job.id.text(), job.fence);
    co_return !rows.empty();
}

Task<std::optional<Instant>> JobQueue::next_due(std::vector<std::string> kinds)
{
    static constexpr Sql query{"SELECT due_at FROM jobs WHERE kind = $1 ORDER BY due_at LIMIT 1"};
    std::optional<Instant> first;
    for (const std::string& kind : kinds) {
        const Rows rows = co_await db_.read(query, kind);
        if (rows.empty())
            continue;
        const Instant due{std::chrono::microseconds{rows.front().integer(0)}};
        first = first ? std::min(*first, due) : due;
    }
    co_return first;
}

Task<std::optional<Job>> JobQueue::claim(std::vector<std::string> kinds, std::string owner, std::chrono::seconds lease)
{
    const Instant now = clock_.now();
    // Looking costs microseconds and disturbs nobody; only then is it worth becoming the writer.
    const auto due = co_await next_due(kinds);
    if (!due || *due > now)
        co_return std::nullopt;

    auto transaction = co_await db_.begin();
    const bool begins_jobs = co_await takes_new_work(*transaction);
    if (!begins_jobs)
        co_return std::nullopt;
    std::uint64_t died = 0;
    while (auto found = co_await load_due_job(*transaction, kinds, now)) {
        const auto after = claimed(found->lease, now, lease);
        if (!after)
            break; // not reached: it was selected as due
        const bool abandoned = found->lease.phase == Lease::Phase::leased;
        const std::string error = abandoned ? vanished : "";
        co_await store_job(*transaction, *found, *after, owner, error, now);
        if (after->phase == Lease::Phase::dead) {
            ++died;
            continue;
        }
        co_await transaction->commit();
        counters_.died += died;
        FAIL_POINT("jobs.claimed");
        co_return Job{.id = job_id(found->id),
                      .kind = std::move(found->kind),
                      .subject = std::move(found->subject),
                      .payload = std::move(found->payload),
                      .attempts = after->attempts - 1,
                      .fence = after->fence};
    }
    co_await transaction->commit(); // somebody else was faster, or only the dead were found
    counters_.died += died;
    co_return std::nullopt;
}

Task<bool> JobQueue::change(const Job& job, Transition transition, std::string error)
{
    auto transaction = co_await db_.begin();
    auto found = co_await load_job(*transaction, job.id);
    const auto after = found ? transition(found->lease) : std::nullopt;
    if (!after) {
        ++counters_.fenced;
        co_return false;
    }
    const std::string owner = found->owner;
    co_await store_job(*transaction, *found, *after, owner, error, clock_.now());
    co_await transaction->commit();
    if (after->phase == Lease::Phase::dead)
        ++counters_.died;
    FAIL_POINT("jobs.changed");
    co_return true;
}

Task<bool> JobQueue::extend(const Job& job, std::chrono::seconds lease)
{
    const Instant until = clock_.now() + lease;
    const auto transition = [fence = job.fence, until](const Lease& now) { return extended(now, fence, until); };
    return change(job, transition, {});
}

Task<bool> JobQueue::finish(const Job& job, JobResult result)
{
    if (const auto* snooze = std::get_if<Snooze>(&result)) {
        const Instant until = clock_.now() + snooze->delay;
        const auto transition = [fence = job.fence, until](const Lease& now) { return put_off(now, fence, until); };
        return change(job, transition, {});
    }
    if (const auto* gave_up = std::get_if<GiveUp>(&result)) {
        const auto transition = [fence = job.fence](const Lease& now) { return given_up(now, fence); };
        return change(job, transition, gave_up->reason.empty() ? "given up" : gave_up->reason);
    }
    const auto transition = [fence = job.fence](const Lease& now) { return finished(now, fence); };
    return change(job, transition, {});
}

Task<bool> JobQueue::failed(const Job& job, std::string error)
{
    const Instant retry_at = clock_.now() + retry_.delay(job.attempts + 1, roll_dice());
    const auto transition = [fence = job.fence, retry_at](const Lease& now) {
        return vitrina::failed(now, fence, retry_at);
    };
    return change(job, transition, error.empty() ? "failed without a reason" : std::move(error));
}

Task<int> JobQueue::release(std::vector<Job> jobs)
{
    const Instant now = clock_.now();
    int released = 0;
    auto transaction = co_await db_.begin();
    for (const Job& job : jobs) {
        auto found = co_await load_job(*transaction, job.id);
        if (!found)
            continue;
        const auto after = put_off(found->lease, job.fence, now);
        if (!after)
            continue;
        const std::string nobody, no_error;
        co_await store_job(*transaction, *found, *after, nobody, no_error, now);
        ++released;
    }
    co_await transaction->commit();
    co_return released;
}

Task<std::vector<DeadJob>> JobQueue::dead(int limit)
{
    static constexpr Sql query{"SELECT id, kind, subject, payload, attempts, last_error, history, died_at"
                               " FROM dead_jobs ORDER BY died_at DESC, id DESC LIMIT $1"};
    const Rows rows = co_await db_.read(query, limit);
    std::vector<DeadJob> dead;
    for (std::size_t i = 0; i < rows.size(); ++i)
        dead.push_back(read_dead_job(rows[i]));
    co_return dead;
}

Task<> JobQueue::forget_dead(std::chrono::hours older_than)
{
    static constexpr Sql forget{"DELETE FROM dead_jobs WHERE died_at < $1"};
    const Instant before = clock_.now() - older_than;
    co_await db_.write(forget, before.time_since_epoch().count());
}

void JobQueue::wake()
{
    // Called under the lock, so that nobody is woken after dropping their token. They only post to their loop.
    const std::lock_guard lock(listeners_->mutex);
    for (const auto& [number, wake_one] : listeners_->wakes)
        wake_one();
}

std::shared_ptr<void> JobQueue::on_wake(std::function<void()> wake)
{
    const std::lock_guard lock(listeners_->mutex);
    const int number = listeners_->next++;
    listeners_->wakes.emplace(number, std::move(wake));
    return {nullptr, [listeners = listeners_, number](std::nullptr_t) {
        const std::lock_guard forget(listeners->mutex);
        listeners->wakes.erase(number);
    }};
}

} // namespace vitrina

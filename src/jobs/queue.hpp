#pragma once
#include "core/clock.hpp"
#include "db/database.hpp"
#include "jobs/job.hpp"
#include "jobs/lease.hpp"
#include "jobs/retry_policy.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace vitrina {

struct NewJob {
    std::string kind;
    std::string subject;
    std::string payload = "{}";
    std::string unique_key;              // "" for none; else at most one unfinished job has it
    std::optional<Instant> run_at;       // at once when empty
    int max_attempts = 10;
};

// A job nobody will try again on their own. It keeps what an operator needs to understand why.
struct DeadJob {
    JobId id;
    std::string kind;
    std::string subject;
    std::string payload;
    int attempts = 0;
    std::string last_error;
    std::string history; // a line for every attempt that went wrong: when, who, why
    Instant died_at;
};

// Seen by the metrics; of this process.
struct QueueCounters {
    std::atomic<std::uint64_t> died = 0;   // jobs nobody will try again on their own
    std::atomic<std::uint64_t> fenced = 0; // writes in the name of a lease that was over: they matched no row
};

// Jobs live in the database beside what they are about. Enqueue in the transaction of the change that needs the job,
// and call wake() after its commit.
class JobQueue {
public:
    JobQueue(Database& database, const Clock& clock, RetryPolicy retry = {});
    ~JobQueue();

    // Nothing when an unfinished job with the unique key exists already, waiting or running.
    Task<std::optional<JobId>> enqueue(Transaction& transaction, NewJob job);
    // Withdraws the unfinished job with that key. One that runs just now loses its lease: its later writes, which
    // ask holds(), match nothing. False when there was none.
    Task<bool> cancel(Transaction& transaction, std::string unique_key);

    // Makes one that waits for its time due at once; one that runs is left alone. False when it is not unfinished.
    Task<bool> hurry(Transaction& transaction, JobId id);

    // Whether one with that key waits or runs.
    Task<bool> has_unfinished(Transaction& transaction, std::string unique_key);

    // Whether a worker holds its lease, as of now.
    Task<bool> holds(const Job& job);

    // The runner's side: claims at most one due job of these kinds for `lease`, with a new fence. A job whose
    // attempts were used up by workers that vanished dies here instead. Nothing while the library is being drained.
    Task<std::optional<Job>> claim(std::vector<std::string> kinds, std::string owner, std::chrono::seconds lease);
    // When the next job of these kinds will be due; nothing when there is none.
    Task<std::optional<Instant>> next_due(std::vector<std::string> kinds);

    // All of these: false when the lease was lost, and the job belongs to somebody else now.
    Task<bool> extend(const Job& job, std::chrono::seconds lease);
    Task<bool> finish(const Job& job, JobResult result);
    Task<bool> failed(const Job& job, std::string error);
    // Hands claimed jobs back untouched, all at once (drain): no attempt is used up. How many were still ours.
    Task<int> release(std::vector<Job> jobs);
    // For a handler, before it writes: in its own transaction, so that nobody can take the job over in between.
    Task<bool> holds(Transaction& transaction, const Job& job);

    // The operator's side.
    Task<std::vector<DeadJob>> dead(int limit); // the newest first
    Task<> forget_dead(std::chrono::hours older_than);

    // Wakes the runners of this process after a commit; other processes poll.
    void wake();
    // Who is woken, from whatever thread wakes. Until the returned token is dropped.
    [[nodiscard]] std::shared_ptr<void> on_wake(std::function<void()> wake);

    Database& database() { return db_; }
    const Clock& clock() const { return clock_; }
    const QueueCounters& counters() const { return counters_; }

private:
    struct Listeners;
    using Transition = std::function<std::optional<Lease>(const Lease&)>;

    Task<bool> change(const Job& job, Transition transition, std::string error);

    Database& db_;
    const Clock& clock_;
    RetryPolicy retry_;
    std::shared_ptr<Listeners> listeners_;
    QueueCounters counters_;
};

} // namespace vitrina

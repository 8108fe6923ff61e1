#pragma once
#include "core/time_spent.hpp"
#include "jobs/queue.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace vitrina {

struct RunnerOptions {
    std::string owner;                       // who we are, in the database and in evidence; made up when empty
    std::chrono::seconds lease{30};          // extended every third of it while a handler works
    std::chrono::milliseconds poll{1'000};   // for what other processes enqueue; jittered
};

// Seen by the metrics.
struct RunnerCounters {
    struct Handling {
        TimeSpent done, snoozed, given_up, failed;
        TimeSpent lost; // the lease went to somebody else, or was handed back by a drain
    };
    std::map<std::string, Handling> handling; // by kind; none is added after start()
    TimeSpent claim;                          // claims that brought a job
    std::atomic<std::uint64_t> leases_lost = 0;
};

// What the runner tells the log. Called on its loop; must not throw.
struct JobReport {
    enum class What { failed, given_up, lease_lost, queue_unavailable } what;
    const Job* job; // null for queue_unavailable
    std::string reason;
};

// The job outlives the task. When the lease is lost (or drain loses patience) the task is cancelled: its next await
// throws. Before it writes, it asks JobQueue::holds in its own transaction.
using JobHandler = std::function<Task<JobResult>(const Job&)>;

// Takes jobs from the queue and runs their handlers on one event loop. One runner per loop that should work.
// Every member is called on that loop's thread, or before it runs.
class Runner {
public:
    Runner(JobQueue& queue, Executor loop, RunnerOptions options = {});
    // Drain first, or stop the loop for good: no handler may still run.
    ~Runner();

    // How many jobs of the kind may run at once here. Before start().
    void handle(std::string kind, JobHandler handler, int concurrency = 1);
    void on_report(std::function<void(const JobReport&)> report);
    void start();

    // Claims no more, waits up to `patience` for handlers to end, then hands the leases of the rest back without
    // using up an attempt; what those handlers still write is fenced out.
    Task<> drain(std::chrono::milliseconds patience);
    // How many handlers run just now.
    int running() const;
    const RunnerCounters& counters() const;

private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace vitrina

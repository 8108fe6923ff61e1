#pragma once
#include "db/database.hpp"
#include "jobs/job.hpp"

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

// Jobs live in the database beside what they are about. Enqueue in the transaction of the change that needs the job.
class JobQueue {
public:
    JobQueue(Database& database, const Clock& clock) : db_(database), clock_(clock) {}

    // Nothing when an unfinished job with the unique key exists already.
    Task<std::optional<JobId>> enqueue(Transaction& transaction, NewJob job);
    // The runner's side: claims at most one due job of these kinds for `lease`, with a new fence.
    Task<std::optional<Job>> claim(std::vector<std::string> kinds, std::string owner, std::chrono::seconds lease);
    // False when the lease was lost: the job belongs to somebody else now.
    Task<bool> extend(const Job& job, std::chrono::seconds lease);
    Task<bool> finish(const Job& job, JobResult result);
    Task<bool> failed(const Job& job, std::string error);
    // Hands a claimed job back untouched (drain): no attempt is used up.
    Task<bool> release(const Job& job);
    // Wakes the runners of this process after a commit; other processes poll.
    void wake();

private:
    Database& db_;
    const Clock& clock_;
};

} // namespace vitrina

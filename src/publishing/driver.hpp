#pragma once
#include "jobs/job.hpp"
#include "jobs/queue.hpp"
#include "library/videos.hpp"
#include "publishing/accounts.hpp"
#include "publishing/publications.hpp"
#include "publishing/publish_counters.hpp"
#include "storage/object_store.hpp"

#include <chrono>
#include <memory>

namespace vitrina {

// Does what conversations say, with their I/O: saves before it acts, arms before it fires, waits by putting the job
// aside. Killed at any point, the next run goes on from the last saved step.
class PublishDriver {
public:
    PublishDriver(Database& database, ObjectStore& store, JobQueue& queue, const Clock& clock, Videos& videos,
                  Accounts& accounts, const Platforms& platforms, const Vault& vault, Wire& wire,
                  std::chrono::seconds look_after = std::chrono::hours(1));
    ~PublishDriver();

    // Handlers of the jobs of publications.hpp. Each may run twice.
    Task<JobResult> publish(const Job& job);
    Task<JobResult> remove(const Job& job);
    Task<JobResult> set_thumbnail(const Job& job);
    // Of post_looks.hpp and post_edits.hpp.
    Task<JobResult> look(const Job& job);
    Task<JobResult> update(const Job& job);

    const PublishCounters& counters() const { return counters_; }

private:
    struct Parts;
    PublishCounters counters_;
    std::unique_ptr<Parts> parts_;
};

} // namespace vitrina

#pragma once
#include "db/database.hpp"
#include "jobs/job.hpp"
#include "jobs/lease.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// A row of the table jobs.
struct StoredJob {
    std::string id;
    std::string kind;
    std::string subject;
    std::string payload;
    std::string owner; // "" while it waits
    std::string history;
    Lease lease;
};

Task<std::optional<StoredJob>> load_job(Transaction& transaction, JobId id);
// The one that has been due longest.
Task<std::optional<StoredJob>> load_due_job(Transaction& transaction, const std::vector<std::string>& kinds,
                                            Instant now);

// Puts the job where its new phase belongs: back into its row, nowhere when finished, among the dead. An `error`
// becomes a line of its history. `owner` is who holds it when it is leased now.
Task<> store_job(Transaction& transaction, StoredJob job, Lease after, std::string owner, std::string error,
                 Instant now);

} // namespace vitrina

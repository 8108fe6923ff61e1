#pragma once
#include "api/access.hpp"
#include "api/answer_cache.hpp"
#include "api/metrics.hpp"
#include "api/rate_limiter.hpp"
#include "api/upload_reception.hpp"
#include "db/database.hpp"
#include "http/server.hpp"
#include "storage/object_store.hpp"

namespace vitrina {

// What the parts of the server have to say. What they take must outlive the Metrics they are added to.
MetricSource upload_metrics(const UploadCounters& counters);
MetricSource access_metrics(const AccessCounters& counters, const RateLimiter& limiter);
MetricSource storage_metrics(ObjectStore& store);
MetricSource cache_metrics(const AnswerCache& cache);
MetricSource server_metrics(std::string listener, std::function<ServerCounters()> counters);

// Waiting, running and dead jobs by kind, and the age of the oldest that is due. Counting may take a while when a
// million jobs wait: it is done at most every 15 seconds, and given up after one.
MetricSource job_metrics(Database& database, const Clock& clock);

} // namespace vitrina

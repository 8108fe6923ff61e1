#pragma once
#include "api/access.hpp"
#include "api/answer_cache.hpp"
#include "api/metrics.hpp"
#include "api/rate_limiter.hpp"
#include "api/upload_reception.hpp"
#include "db/database.hpp"
#include "http/server.hpp"
#include "media/sandboxed_inspector.hpp"
#include "storage/object_store.hpp"

namespace vitrina {

// What the parts of the server have to say. What they take must outlive the Metrics they are added to.
MetricSource upload_metrics(const UploadCounters& counters);
MetricSource access_metrics(const AccessCounters& counters, const RateLimiter& limiter);
MetricSource storage_metrics(ObjectStore& store);
MetricSource cache_metrics(const AnswerCache& cache);
MetricSource server_metrics(std::string listener, std::function<ServerCounters()> counters);
MetricSource decoder_metrics(std::function<InspectorCounts()> counts);

// Counting may take a while when there are a million rows: it is done at most every 15 seconds, and given up after one.
// Waiting, running and dead jobs by kind, and the age of the oldest that is due:
MetricSource job_metrics(Database& database, const Clock& clock);
// Publications by platform and state, and how many wait for a person because nobody knows what became of them:
MetricSource publication_metrics(Database& database, const Clock& clock);

} // namespace vitrina

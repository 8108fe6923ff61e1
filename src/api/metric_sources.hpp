#pragma once
#include "api/access.hpp"
#include "api/answer_cache.hpp"
#include "api/event_stream.hpp"
#include "api/metric.hpp"
#include "api/rate_limiter.hpp"
#include "api/upload_reception.hpp"
#include "core/settings.hpp"
#include "db/database.hpp"
#include "http/outbound.hpp"
#include "http/server.hpp"
#include "jobs/queue.hpp"
#include "jobs/runner.hpp"
#include "library/sweep.hpp"
#include "media/sandboxed_inspector.hpp"
#include "publishing/publish_counters.hpp"
#include "storage/measured_store.hpp"
#include "webhooks/delivery_job.hpp"
#include "webhooks/feed.hpp"

namespace vitrina {

// What the parts of the server have to say. What they take must outlive the Metrics they are added to.
MetricSource settings_metrics(const Settings& settings);
MetricSource database_metrics(const Database& database);
MetricSource upload_metrics(const UploadCounters& counters);
MetricSource access_metrics(const AccessCounters& counters, const RateLimiter& limiter);
MetricSource storage_metrics(MeasuredStore& store);
MetricSource sweep_metrics(const SweepCounters& counters);
MetricSource cache_metrics(const AnswerCache& cache);
MetricSource server_metrics(std::string listener, std::function<ServerCounters()> counters);
MetricSource decoder_metrics(std::function<InspectorCounts()> counts);
MetricSource queue_metrics(const QueueCounters& counters);
MetricSource runner_metrics(const RunnerCounters& counters);
MetricSource publish_metrics(const PublishCounters& counters);
MetricSource outbound_metrics(const Outbound& outbound);
MetricSource webhook_metrics(const DeliveryCounters& deliveries, const FeedCounters& feed);
MetricSource event_metrics(Database& database, const EventStreamCounters& streams);

} // namespace vitrina

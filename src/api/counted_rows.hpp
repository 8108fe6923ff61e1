#pragma once
#include "api/metric.hpp"
#include "core/clock.hpp"
#include "db/database.hpp"

namespace vitrina {

// Counting may take a while when there are a million rows: it is done at most every 15 seconds, and given up after one.
// Waiting, running and dead jobs by kind, and the age of the oldest that is due:
MetricSource job_metrics(Database& database, const Clock& clock);
// Objects that are not simply there, by state; of those that are, no index knows the number:
MetricSource object_metrics(Database& database, const Clock& clock);
// Connected accounts by platform and state, and when the first of their tokens ends:
MetricSource channel_metrics(Database& database, const Clock& clock);
// Publications by platform and state, and how many wait for a person because nobody knows what became of them:
MetricSource publication_metrics(Database& database, const Clock& clock);

// Webhooks by state, what is still to be sent to them, and how far behind the events the active ones are:
MetricSource webhook_backlog_metrics(Database& database, const Clock& clock);

} // namespace vitrina

#pragma once
#include "api/idempotency.hpp"
#include "app/library_parts.hpp"
#include "app/publishing_parts.hpp"
#include "app/roles.hpp"
#include "app/webhook_parts.hpp"
#include "core/event_loops.hpp"
#include "jobs/runner.hpp"

namespace vitrina {

// The one place that knows every kind of job and who works it: `work` the library's, `publish` what goes out to
// networks and webhooks.
void add_jobs(Runner& runner, Roles roles, const Settings& settings, LibraryParts& library, PublishingParts& publishing,
              WebhookParts& webhooks);

// What is done again and again, at the start and then at its interval.
void start_periodic_work(EventLoops& loops, Roles roles, const Settings& settings, LibraryParts& library,
                         WebhookParts& webhooks, IdempotencyKeys& keys, JobQueue& queue, ConsentVisits& visits);

} // namespace vitrina

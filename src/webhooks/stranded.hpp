#pragma once
#include "jobs/queue.hpp"
#include "webhooks/webhook.hpp"

#include <vector>

namespace vitrina {

struct StrandedDelivery {
    DeliveryId id;
    WebhookId webhook;
};

// Deliveries whose turn it is, to webhooks that are not paused, with no job that sends them: its record was lost, or
// restored from another time. In order of their ids, from behind `after` on, "" for the first.
Task<std::vector<StrandedDelivery>> stranded_deliveries(Database& database, std::string after, int limit);

// A job gives each of the webhook's lanes one.
Task<> set_webhook_going(Database& database, JobQueue& queue, WebhookId id);

} // namespace vitrina

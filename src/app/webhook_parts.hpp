#pragma once
#include "app/publishing_parts.hpp"
#include "webhooks/deliveries.hpp"
#include "webhooks/delivery_job.hpp"
#include "webhooks/feed.hpp"
#include "webhooks/webhooks.hpp"

namespace vitrina {

// The webhooks of one process, put together. What leaves goes through publishing's one outbound client.
struct WebhookParts {
    WebhookParts(const Settings& settings, Database& database, JobQueue& queue, const Clock& clock,
                 PublishingParts& publishing);

    const WebhookOptions options;
    Webhooks webhooks;
    WebhookDeliveries deliveries;
    WebhookFeed feed;
    DeliveryJobs jobs;
};

} // namespace vitrina

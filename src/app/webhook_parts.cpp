#include "app/webhook_parts.hpp"

namespace vitrina {
namespace {

WebhookOptions webhook_options(const Settings& settings)
{
    WebhookOptions options;
    options.retries.tried_for = std::chrono::seconds(settings.number("VITRINA_WEBHOOK_RETRY_FOR"));
    options.answer_within = std::chrono::seconds(settings.number("VITRINA_WEBHOOK_TIMEOUT"));
    return options;
}

} // namespace

WebhookParts::WebhookParts(const Settings& settings, Database& database, JobQueue& queue, const Clock& clock,
                           PublishingParts& publishing)
    : options(webhook_options(settings)),
      webhooks(database, queue, publishing.vault, clock),
      deliveries(database, queue, clock, options),
      feed(database, queue, options),
      jobs(database, queue, clock, webhooks,
           [&publishing](OutboundRequest request) { return publishing.outbound.send(std::move(request)); }, options)
{
}

} // namespace vitrina

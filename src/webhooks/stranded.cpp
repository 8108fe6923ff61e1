#include "webhooks/stranded.hpp"

namespace vitrina {

Task<std::vector<StrandedDelivery>> stranded_deliveries(Database& database, std::string after, int limit)
{
    static constexpr Sql query{
        "SELECT d.id, d.webhook_id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id"
        " WHERE d.id > $1 AND d.settled_at IS NULL AND w.status = 'active' AND NOT EXISTS"
        " (SELECT 1 FROM webhook_deliveries b WHERE b.webhook_id = d.webhook_id AND b.lane = d.lane"
        " AND b.settled_at IS NULL AND b.number < d.number)"
        " AND (d.state = 'waiting' OR NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id = d.job_id))"
        " AND NOT EXISTS (SELECT 1 FROM jobs s WHERE s.kind = 'start_webhook' AND s.subject = d.webhook_id)"
        " ORDER BY d.id LIMIT $2"};
    const Rows rows = co_await database.read(query, std::move(after), std::int64_t(limit));
    std::vector<StrandedDelivery> stranded;
    for (std::size_t i = 0; i < rows.size(); ++i)
        stranded.push_back({DeliveryId::parse(rows[i].text(0)).value(), WebhookId::parse(rows[i].text(1)).value()});
    co_return stranded;
}

Task<> set_webhook_going(Database& database, JobQueue& queue, WebhookId id)
{
    auto transaction = co_await database.begin();
    NewJob job{.kind = start_webhook, .subject = id.text(), .max_attempts = 1000};
    co_await queue.enqueue(*transaction, std::move(job));
    co_await transaction->commit();
    queue.wake();
}

} // namespace vitrina

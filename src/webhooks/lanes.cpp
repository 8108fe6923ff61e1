#include "webhooks/lanes.hpp"

namespace vitrina {
namespace {

// Lanes that one transaction sets going: others wait for it.
constexpr std::int64_t started_at_once = 200;

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

} // namespace

Task<std::optional<DeliveryId>> Lanes::put(Transaction& transaction, WebhookId webhook, NewDelivery delivery)
{
    static constexpr Sql count{"UPDATE webhooks SET last_number = last_number + 1, pending = pending + 1 WHERE id = $1"
                               " RETURNING last_number"};
    static constexpr Sql before{"SELECT 1 FROM webhook_deliveries WHERE webhook_id = $1 AND lane = $2"
                                " AND settled_at IS NULL LIMIT 1"};
    static constexpr Sql add{
        "INSERT INTO webhook_deliveries (id, webhook_id, number, lane, event_id, type, body, state, give_up_at,"
        " replay_of, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9, $10)"};
    const Instant now = queue_.clock().now();
    const Rows counted = co_await transaction.run(count, webhook.text());
    if (counted.empty())
        co_return std::nullopt;
    const Rows others = co_await transaction.run(before, webhook.text(), delivery.lane);
    const DeliveryId id = DeliveryId::make(now);
    const Value replay_of = delivery.replay_of.empty() ? Value() : Value(std::move(delivery.replay_of));
    co_await transaction.run(add, id.text(), webhook.text(), counted.front().integer(0), std::move(delivery.lane),
                             std::move(delivery.event_id), std::move(delivery.type), std::move(delivery.body),
                             micros(now + tried_for_), replay_of, micros(now));
    if (others.empty())
        co_await queue_up(transaction, id.text());
    co_return id;
}

Task<> Lanes::queue_up(Transaction& transaction, std::string id)
{
    static constexpr Sql mark{"UPDATE webhook_deliveries SET state = 'queued', job_id = $2 WHERE id = $1"};
    // A worker that dies on the way has failed nothing; how often a delivery is tried is not the job's to count.
    NewJob job{.kind = deliver_webhook, .subject = id, .max_attempts = 1'000'000};
    const std::optional<JobId> queued = co_await queue_.enqueue(transaction, std::move(job));
    co_await transaction.run(mark, std::move(id), queued.value().text());
}

Task<> Lanes::go_on(Transaction& transaction, WebhookId webhook, std::string lane)
{
    static constexpr Sql first{"SELECT id, state FROM webhook_deliveries WHERE webhook_id = $1 AND lane = $2"
                               " AND settled_at IS NULL ORDER BY number LIMIT 1"};
    const Rows rows = co_await transaction.run(first, webhook.text(), std::move(lane));
    if (rows.empty() || rows.front().text(1) == "queued")
        co_return;
    std::string id(rows.front().text(0));
    co_await queue_up(transaction, std::move(id));
}

Task<std::optional<std::int64_t>> Lanes::start(Transaction& transaction, WebhookId webhook, std::int64_t behind)
{
    static constexpr Sql some{
        "SELECT d.id, d.number, d.state, d.job_id, (SELECT MIN(b.number) FROM webhook_deliveries b"
        " WHERE b.webhook_id = d.webhook_id AND b.lane = d.lane AND b.settled_at IS NULL)"
        " FROM webhook_deliveries d WHERE d.webhook_id = $1 AND d.number > $2"
        " AND d.state IN ('queued', 'waiting') ORDER BY d.number LIMIT $3"};
    // Three days from now on, like a new one.
    static constexpr Sql renew{"UPDATE webhook_deliveries SET next_attempt_at = 0, give_up_at = $2 WHERE id = $1"};
    const std::int64_t give_up_at = micros(queue_.clock().now() + tried_for_);
    const Rows rows = co_await transaction.run(some, webhook.text(), behind, started_at_once);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        std::string id(row.text(0));
        co_await transaction.run(renew, id, give_up_at);
        if (row.integer(1) != row.integer(4))
            continue; // another one is before it
        const auto job = JobId::parse(row.text(3));
        bool has_job = false;
        if (row.text(2) == "queued" && job)
            has_job = co_await queue_.hurry(transaction, *job);
        if (!has_job)
            co_await queue_up(transaction, std::move(id));
    }
    if (rows.size() < std::size_t(started_at_once))
        co_return std::nullopt;
    co_return rows[rows.size() - 1].integer(1);
}

} // namespace vitrina

#include "webhooks/deliveries.hpp"

#include "core/fail_point.hpp"
#include "events/event_json.hpp"

#include <limits>
#include <stdexcept>

namespace vitrina {
namespace {

constexpr std::int64_t replayed_at_once = 200;
constexpr std::int64_t forgotten_at_once = 200;

#define DELIVERY_COLUMNS                                                                                               \
    "id, webhook_id, number, event_id, type, state, attempts, last_status, trouble, next_attempt_at, replay_of,"       \
    " created_at, settled_at"

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

Instant instant(std::int64_t micros)
{
    return Instant{std::chrono::microseconds{micros}};
}

WebhookDelivery::Status status_of(std::string_view state)
{
    if (state == "delivered")
        return WebhookDelivery::Status::delivered;
    return state == "failed" ? WebhookDelivery::Status::failed : WebhookDelivery::Status::pending;
}

WebhookDelivery read_delivery(const Row& row)
{
    const auto id = DeliveryId::parse(row.text(0));
    const auto webhook = WebhookId::parse(row.text(1));
    if (!id || !webhook)
        throw std::runtime_error("a delivery in the database has the malformed id " + std::string(row.text(0)));
    WebhookDelivery delivery{.id = *id,
                             .webhook = *webhook,
                             .number = row.integer(2),
                             .event_id = std::string(row.text(3)),
                             .type = std::string(row.text(4)),
                             .status = status_of(row.text(5)),
                             .attempts = int(row.integer(6)),
                             .last_status = int(row.integer(7)),
                             .trouble = std::string(row.text(8)),
                             .next_attempt_at = {},
                             .replay_of = DeliveryId::parse(row.text(10)),
                             .created_at = instant(row.integer(11)),
                             .settled_at = {},
                             .body = {}};
    if (delivery.status == WebhookDelivery::Status::pending && row.integer(9) > 0)
        delivery.next_attempt_at = instant(row.integer(9));
    if (!row.is_null(12))
        delivery.settled_at = instant(row.integer(12));
    return delivery;
}

Fault not_now(std::string message)
{
    return {FaultKind::conflict, "VT-WHK-004", std::move(message), "", {}, {}};
}

Task<std::optional<Webhook>> find_webhook(Transaction& transaction, WebhookId id)
{
    static constexpr Sql query{"SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE id = $1"};
    const Rows rows = co_await transaction.run(query, id.text());
    co_return rows.empty() ? std::nullopt : std::optional(read_webhook(rows.front()));
}

std::optional<Fault> why_not_sent(const std::optional<Webhook>& webhook)
{
    if (!webhook)
        return no_such_webhook();
    if (webhook->status != Webhook::Status::active)
        return not_now("The webhook is paused: resume it first.");
    return std::nullopt;
}

} // namespace

std::string_view name(WebhookDelivery::Status status)
{
    switch (status) {
    case WebhookDelivery::Status::pending: return "pending";
    case WebhookDelivery::Status::delivered: return "delivered";
    case WebhookDelivery::Status::failed: return "failed";
    }
    return "";
}

WebhookDeliveries::WebhookDeliveries(Database& database, JobQueue& queue, const Clock& clock,
                                     const WebhookOptions& options)
    : db_(database), queue_(queue), clock_(clock), lanes_(queue, options.retries.tried_for)
{
}

Task<std::vector<WebhookDelivery>> WebhookDeliveries::list(DeliveryQuery query)
{
    static constexpr Sql all{"SELECT " DELIVERY_COLUMNS " FROM webhook_deliveries WHERE webhook_id = $1 AND number < $2"
                             " ORDER BY number DESC LIMIT $3"};
    static constexpr Sql settled{"SELECT " DELIVERY_COLUMNS " FROM webhook_deliveries WHERE webhook_id = $1"
                                 " AND state = $4 AND number < $2 ORDER BY number DESC LIMIT $3"};
    // Two walks along the index, not one along everything that was settled in between.
    static constexpr Sql unsettled{
        "SELECT * FROM (SELECT " DELIVERY_COLUMNS " FROM (SELECT " DELIVERY_COLUMNS " FROM webhook_deliveries"
        " WHERE webhook_id = $1 AND state = 'queued' AND number < $2 ORDER BY number DESC LIMIT $3) AS q"
        " UNION ALL SELECT " DELIVERY_COLUMNS " FROM (SELECT " DELIVERY_COLUMNS " FROM webhook_deliveries"
        " WHERE webhook_id = $1 AND state = 'waiting' AND number < $2 ORDER BY number DESC LIMIT $3) AS w) AS both_of"
        " ORDER BY number DESC LIMIT $3"};
    const std::int64_t before = query.before.value_or(std::numeric_limits<std::int64_t>::max());
    const std::string id = query.webhook.text();
    Rows rows;
    if (!query.status)
        rows = co_await db_.read(all, id, before, std::int64_t(query.limit));
    else if (*query.status == WebhookDelivery::Status::pending)
        rows = co_await db_.read(unsettled, id, before, std::int64_t(query.limit));
    else
        rows = co_await db_.read(settled, id, before, std::int64_t(query.limit), std::string(name(*query.status)));
    std::vector<WebhookDelivery> deliveries;
    for (std::size_t i = 0; i < rows.size(); ++i)
        deliveries.push_back(read_delivery(rows[i]));
    co_return deliveries;
}

Task<std::optional<WebhookDelivery>> WebhookDeliveries::find(DeliveryId id)
{
    // One whose webhook was removed is there no more, though its row may be for a while.
    static constexpr Sql query{"SELECT " DELIVERY_COLUMNS ", body FROM webhook_deliveries WHERE id = $1"
                               " AND EXISTS (SELECT 1 FROM webhooks w WHERE w.id = webhook_deliveries.webhook_id)"};
    const Rows rows = co_await db_.read(query, id.text());
    if (rows.empty())
        co_return std::nullopt;
    WebhookDelivery delivery = read_delivery(rows.front());
    delivery.body = rows.front().text(13);
    co_return delivery;
}

Task<std::vector<DeliveryAttempt>> WebhookDeliveries::attempts(DeliveryId id)
{
    static constexpr Sql query{"SELECT number, at, took_ms, status, trouble, answer FROM webhook_attempts"
                               " WHERE delivery_id = $1 ORDER BY number"};
    const Rows rows = co_await db_.read(query, id.text());
    std::vector<DeliveryAttempt> attempts;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        attempts.push_back({.number = int(row.integer(0)),
                            .at = instant(row.integer(1)),
                            .took = std::chrono::milliseconds(row.integer(2)),
                            .status = int(row.integer(3)),
                            .trouble = std::string(row.text(4)),
                            .answer = std::string(row.text(5))});
    }
    co_return attempts;
}

Task<WebhookDelivery> WebhookDeliveries::get(Transaction& transaction, DeliveryId id)
{
    static constexpr Sql query{"SELECT " DELIVERY_COLUMNS " FROM webhook_deliveries WHERE id = $1"};
    const Rows rows = co_await transaction.run(query, id.text());
    co_return read_delivery(rows.front());
}

Task<Result<WebhookDelivery>> WebhookDeliveries::ping(WebhookId webhook)
{
    const Instant now = clock_.now();
    const Event message{.position = 0,
                        .id = EventId::make(now),
                        .type = std::string(webhook_ping),
                        .subject = webhook.text(),
                        .video = {},
                        .at = now,
                        .data = "{}"};
    NewDelivery delivery{.lane = message.id.text(), // nothing is before it
                         .event_id = message.id.text(),
                         .type = message.type,
                         .body = {},
                         .replay_of = {}};
    append_event_json(delivery.body, message);
    auto transaction = co_await db_.begin();
    const auto id = co_await lanes_.put(*transaction, webhook, std::move(delivery));
    if (!id)
        co_return no_such_webhook();
    WebhookDelivery made = co_await get(*transaction, *id);
    co_await transaction->commit();
    queue_.wake();
    co_return made;
}

Task<Result<WebhookDelivery>> WebhookDeliveries::replay(DeliveryId id)
{
    static constexpr Sql query{"SELECT webhook_id, lane, event_id, type, body, settled_at FROM webhook_deliveries"
                               " WHERE id = $1"};
    static constexpr Sql mark{"UPDATE webhook_deliveries SET replayed = 1 WHERE id = $1"};
    auto transaction = co_await db_.begin();
    const Rows rows = co_await transaction->run(query, id.text());
    if (rows.empty())
        co_return no_such_delivery();
    const Row row = rows.front();
    const WebhookId webhook_id = WebhookId::parse(row.text(0)).value();
    const std::optional<Webhook> webhook = co_await find_webhook(*transaction, webhook_id);
    if (!webhook)
        co_return no_such_delivery();
    if (const auto fault = why_not_sent(webhook))
        co_return *fault;
    if (row.is_null(5))
        co_return not_now("The delivery is on its way: it will be tried again by itself.");
    NewDelivery again{.lane = std::string(row.text(1)),
                      .event_id = std::string(row.text(2)),
                      .type = std::string(row.text(3)),
                      .body = std::string(row.text(4)),
                      .replay_of = id.text()};
    co_await transaction->run(mark, id.text());
    const auto fresh = co_await lanes_.put(*transaction, webhook_id, std::move(again));
    WebhookDelivery made = co_await get(*transaction, fresh.value());
    co_await transaction->commit();
    queue_.wake();
    co_return made;
}

Task<Result<WebhookDeliveries::Replayed>> WebhookDeliveries::replay_failed(WebhookId webhook_id, Instant since)
{
    static constexpr Sql query{
        "SELECT id, lane, event_id, type, body FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'failed'"
        " AND settled_at >= $2 AND type <> 'webhook.ping' AND replayed = 0 ORDER BY number LIMIT $3"};
    static constexpr Sql mark{"UPDATE webhook_deliveries SET replayed = 1 WHERE id = $1"};
    auto transaction = co_await db_.begin();
    const std::optional<Webhook> webhook = co_await find_webhook(*transaction, webhook_id);
    if (const auto fault = why_not_sent(webhook))
        co_return *fault;
    const Rows rows = co_await transaction->run(query, webhook_id.text(), micros(since), replayed_at_once);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        NewDelivery again{.lane = std::string(row.text(1)),
                          .event_id = std::string(row.text(2)),
                          .type = std::string(row.text(3)),
                          .body = std::string(row.text(4)),
                          .replay_of = std::string(row.text(0))};
        co_await transaction->run(mark, std::string(row.text(0)));
        co_await lanes_.put(*transaction, webhook_id, std::move(again));
    }
    FAIL_POINT("webhooks.replay.before_commit");
    co_await transaction->commit();
    queue_.wake();
    Replayed replayed{int(rows.size()), rows.size() == std::size_t(replayed_at_once)};
    co_return replayed;
}

Task<int> WebhookDeliveries::forget(Instant older_than)
{
    static constexpr Sql forget_attempts{
        "DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT id FROM webhook_deliveries"
        " WHERE settled_at IS NOT NULL AND settled_at < $1 ORDER BY settled_at, id LIMIT $2)"};
    static constexpr Sql forget_them{
        "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries"
        " WHERE settled_at IS NOT NULL AND settled_at < $1 ORDER BY settled_at, id LIMIT $2)"};
    int forgotten = 0;
    while (true) {
        auto transaction = co_await db_.begin();
        co_await transaction->run(forget_attempts, micros(older_than), forgotten_at_once);
        const Rows removed = co_await transaction->run(forget_them, micros(older_than), forgotten_at_once);
        if (removed.changed() > 0)
            co_await transaction->commit();
        forgotten += int(removed.changed());
        if (removed.changed() < forgotten_at_once)
            co_return forgotten;
    }
}

Fault no_such_delivery()
{
    return {FaultKind::missing,
            "VT-WHK-003",
            "There is no such delivery.",
            "GET /v1/webhooks/{id}/deliveries lists them.",
            {},
            {}};
}

} // namespace vitrina

#include "webhooks/webhook.hpp"

#include "core/comma_list.hpp"
#include "events/append_event.hpp"
#include "events/event_types.hpp"

#include <algorithm>
#include <stdexcept>

namespace vitrina {
namespace {

std::optional<Instant> instant_in(const Row& row, std::size_t column)
{
    if (row.is_null(column))
        return std::nullopt;
    return Instant{std::chrono::microseconds{row.integer(column)}};
}

} // namespace

bool Webhook::wants(std::string_view type) const
{
    return types.empty() ? !is_frequent(type) : std::ranges::find(types, type) != types.end();
}

std::string_view name(Webhook::Status status)
{
    return status == Webhook::Status::active ? "active" : "paused";
}

Webhook read_webhook(const Row& row)
{
    const auto id = WebhookId::parse(row.text(0));
    if (!id)
        throw std::runtime_error("a webhook in the database has the malformed id " + std::string(row.text(0)));
    const auto types = comma_list(row.text(3));
    return {.id = *id,
            .url = std::string(row.text(1)),
            .description = std::string(row.text(2)),
            .types = {types.begin(), types.end()},
            .status = row.text(4) == "active" ? Webhook::Status::active : Webhook::Status::paused,
            .reason_code = std::string(row.text(5)),
            .trouble = std::string(row.text(6)),
            .pending = row.integer(7),
            .missed = row.integer(8),
            .failing_since = instant_in(row, 9),
            .delivered_at = instant_in(row, 10),
            .created_at = *instant_in(row, 11),
            .updated_at = *instant_in(row, 12),
            .version = row.integer(13)};
}

Task<bool> pause_webhook(Transaction& transaction, WebhookId id, std::string reason_code, Instant now)
{
    static constexpr Sql pause{"UPDATE webhooks SET status = 'paused', reason_code = $2, updated_at = $3,"
                               " version = version + 1 WHERE id = $1 AND status = 'active'"};
    const Rows rows = co_await transaction.run(pause, id.text(), reason_code, now.time_since_epoch().count());
    if (rows.changed() == 0)
        co_return false;
    NewEvent event{.type = event_type::webhook_paused,
                   .subject = id.text(),
                   .video = {},
                   .data = R"({"status":"paused","reason_code":")" + reason_code + "\"}",
                   .at = now};
    co_await append_event(transaction, std::move(event));
    co_return true;
}

Task<std::int64_t> pause_restored_webhooks(Database& database)
{
    static constexpr Sql pause{"UPDATE webhooks SET status = 'paused', reason_code = 'restored', version = version + 1"
                               " WHERE status = 'active'"};
    const Rows rows = co_await database.write(pause);
    co_return rows.changed();
}

Task<std::vector<Webhook>> troubled_webhooks(Database& database)
{
    static constexpr Sql query{"SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE (status = 'paused'"
                               " AND reason_code <> 'asked') OR (status = 'active' AND failing_since IS NOT NULL)"
                               " ORDER BY id LIMIT $1"};
    const Rows rows = co_await database.read(query, most_webhooks);
    std::vector<Webhook> webhooks;
    for (std::size_t i = 0; i < rows.size(); ++i)
        webhooks.push_back(read_webhook(rows[i]));
    co_return webhooks;
}

Fault no_such_webhook()
{
    return {FaultKind::missing, "VT-WHK-001", "There is no such webhook.", "GET /v1/webhooks lists them.", {}, {}};
}

} // namespace vitrina

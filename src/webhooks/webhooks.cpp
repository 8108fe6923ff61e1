#include "webhooks/webhooks.hpp"

#include "core/fail_point.hpp"
#include "webhooks/sealed_columns.hpp"

namespace vitrina {
namespace {

// More than anybody rotates in a day; each makes the header longer.
constexpr std::size_t most_secrets = 5;

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

// Where the secret is, for the vault.
std::string place(WebhookId id, std::int64_t number)
{
    return id.text() + "/" + std::to_string(number);
}

SigningSecret opened(const Vault& vault, std::string_view sealed, const std::string& where)
{
    const Secret text = vault.open(sealed, where, sealed_webhook_secret);
    auto secret = SigningSecret::parse(text.reveal());
    if (!secret)
        throw std::runtime_error("what is kept as the secret of the webhook " + where + " is none");
    return std::move(*secret);
}

std::string joined(const std::vector<std::string>& types)
{
    std::string text;
    for (const std::string& type : types)
        text += (text.empty() ? "" : ",") + type;
    return text;
}

Fault too_many_webhooks()
{
    return {FaultKind::conflict,
            "VT-WHK-002",
            "There are " + std::to_string(most_webhooks) + " webhooks, and no more can be added.",
            "Remove one that is not needed any more.",
            {},
            {}};
}

Fault too_many_secrets()
{
    return {FaultKind::conflict,
            "VT-WHK-005",
            "As many secrets of this webhook sign already as can be.",
            "Wait until one of the former ones has ended, or rotate with overlap 0 later.",
            {},
            {}};
}

} // namespace

std::vector<SigningSecret> SigningSecrets::all() const
{
    std::vector<SigningSecret> secrets{current};
    for (const Former& one : former)
        secrets.push_back(one.secret);
    return secrets;
}

Webhooks::Webhooks(Database& database, JobQueue& queue, const Vault& vault, const Clock& clock)
    : db_(database), queue_(queue), vault_(vault), clock_(clock)
{
}

Task<Result<Webhook>> Webhooks::create(NewWebhook fresh)
{
    static constexpr Sql known{"SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE asked_by = $1"};
    static constexpr Sql count{"SELECT COUNT(*) FROM webhooks"};
    static constexpr Sql add{
        "INSERT INTO webhooks (id, url, description, types, status, position, asked_by, created_at, updated_at) VALUES"
        " ($1, $2, $3, $4, 'active', (SELECT COALESCE(MAX(position), 0) FROM events), $5, $6, $6) RETURNING"
        " " WEBHOOK_COLUMNS};
    const Instant now = clock_.now();
    const WebhookId id = WebhookId::make(now);
    auto transaction = co_await db_.begin();
    if (!fresh.asked_by.empty()) {
        const Rows rows = co_await transaction->run(known, fresh.asked_by);
        if (!rows.empty())
            co_return read_webhook(rows.front());
    }
    const Rows counted = co_await transaction->run(count);
    if (counted.front().integer(0) >= most_webhooks)
        co_return too_many_webhooks();
    const Value asked_by = fresh.asked_by.empty() ? Value() : Value(std::move(fresh.asked_by));
    const Rows rows = co_await transaction->run(add, id.text(), std::move(fresh.url), std::move(fresh.description),
                                                joined(fresh.types), asked_by, micros(now));
    SigningSecret secret = fresh.secret ? std::move(*fresh.secret) : SigningSecret::make();
    co_await keep_secret(*transaction, id, 1, std::move(secret));
    FAIL_POINT("webhooks.create.before_commit");
    co_await transaction->commit();
    co_return read_webhook(rows.front());
}

Task<> Webhooks::keep_secret(Transaction& transaction, WebhookId id, std::int64_t number, SigningSecret secret)
{
    static constexpr Sql add{"INSERT INTO webhook_secrets (webhook_id, number, sealed) VALUES ($1, $2, $3)"};
    std::string sealed = vault_.seal(secret.text(), place(id, number), sealed_webhook_secret);
    co_await transaction.run(add, id.text(), number, std::move(sealed));
}

Task<std::vector<Webhook>> Webhooks::list()
{
    static constexpr Sql query{"SELECT " WEBHOOK_COLUMNS " FROM webhooks ORDER BY id LIMIT $1"};
    const Rows rows = co_await db_.read(query, most_webhooks);
    std::vector<Webhook> webhooks;
    for (std::size_t i = 0; i < rows.size(); ++i)
        webhooks.push_back(read_webhook(rows[i]));
    co_return webhooks;
}

Task<std::optional<Webhook>> Webhooks::find(WebhookId id)
{
    static constexpr Sql query{"SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE id = $1"};
    const Rows rows = co_await db_.read(query, id.text());
    co_return rows.empty() ? std::nullopt : std::optional(read_webhook(rows.front()));
}

Task<Result<Webhook>> Webhooks::change(WebhookId id, WebhookChange change, std::optional<std::int64_t> expected_version)
{
    static constexpr Sql query{"SELECT " WEBHOOK_COLUMNS " FROM webhooks WHERE id = $1"};
    // Whatever is asked for by resuming begins anew: the failures so far count no more.
    static constexpr Sql update{
        "UPDATE webhooks SET url = $2, description = $3, types = $4, status = $5, reason_code = $6,"
        " failures = CASE WHEN $7 = 1 THEN 0 ELSE failures END,"
        " failing_since = CASE WHEN $7 = 1 THEN NULL ELSE failing_since END,"
        " rests_until = CASE WHEN $7 = 1 THEN 0 ELSE rests_until END,"
        " updated_at = $8, version = version + 1 WHERE id = $1 RETURNING " WEBHOOK_COLUMNS};
    auto transaction = co_await db_.begin();
    const Rows found = co_await transaction->run(query, id.text());
    if (found.empty())
        co_return no_such_webhook();
    Webhook webhook = read_webhook(found.front());
    if (expected_version && *expected_version != webhook.version)
        co_return webhook_changed_meanwhile();
    const bool starts = change.status == Webhook::Status::active;
    if (change.status && *change.status != webhook.status)
        webhook.reason_code = starts ? "" : "asked";
    const std::int64_t begins_anew = starts ? 1 : 0;
    const Rows rows = co_await transaction->run(
        update, id.text(), change.url.value_or(webhook.url), change.description.value_or(webhook.description),
        joined(change.types.value_or(webhook.types)), std::string(name(change.status.value_or(webhook.status))),
        webhook.reason_code, begins_anew, micros(clock_.now()));
    if (starts) {
        NewJob job{.kind = start_webhook, .subject = id.text(), .max_attempts = 1000};
        co_await queue_.enqueue(*transaction, std::move(job));
    }
    transaction->ring_at_commit(); // what it missed while it was paused is looked for at once
    co_await transaction->commit();
    queue_.wake();
    co_return read_webhook(rows.front());
}

Task<bool> Webhooks::remove(WebhookId id)
{
    static constexpr Sql remove_it{"DELETE FROM webhooks WHERE id = $1"};
    static constexpr Sql remove_secrets{"DELETE FROM webhook_secrets WHERE webhook_id = $1"};
    auto transaction = co_await db_.begin();
    const Rows removed = co_await transaction->run(remove_it, id.text());
    if (removed.changed() == 0)
        co_return false;
    co_await transaction->run(remove_secrets, id.text());
    NewJob job{.kind = forget_webhook, .subject = id.text(), .max_attempts = 1000};
    co_await queue_.enqueue(*transaction, std::move(job));
    co_await transaction->commit();
    queue_.wake();
    co_return true;
}

Task<std::optional<SigningSecrets>> Webhooks::secrets(WebhookId id)
{
    static constexpr Sql query{"SELECT number, sealed, signs_until FROM webhook_secrets WHERE webhook_id = $1"
                               " AND (signs_until IS NULL OR signs_until > $2) ORDER BY number DESC"};
    const Rows rows = co_await db_.read(query, id.text(), micros(clock_.now()));
    std::optional<SigningSecrets> secrets;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        const std::string where = place(id, row.integer(0));
        if (!secrets) { // the newest has no end
            secrets.emplace(SigningSecrets{opened(vault_, row.text(1), where), {}});
            continue;
        }
        try {
            SigningSecret former = opened(vault_, row.text(1), where);
            secrets->former.push_back({std::move(former), Instant{std::chrono::microseconds{row.integer(2)}}});
        } catch (const VaultError&) {
            // Of another VITRINA_SECRET_KEY: rotating mends that, and must not wait for the overlap to end.
        }
    }
    co_return secrets;
}

Task<Result<void>> Webhooks::rotate(WebhookId id, std::chrono::seconds overlap, std::optional<SigningSecret> secret)
{
    static constexpr Sql forget{"DELETE FROM webhook_secrets WHERE webhook_id = $1 AND signs_until <= $2"};
    static constexpr Sql query{"SELECT number FROM webhook_secrets WHERE webhook_id = $1 ORDER BY number DESC"};
    static constexpr Sql end{
        "UPDATE webhook_secrets SET signs_until = $2 WHERE webhook_id = $1 AND signs_until IS NULL"};
    static constexpr Sql touch{"UPDATE webhooks SET updated_at = $2, version = version + 1 WHERE id = $1"};
    const Instant now = clock_.now();
    auto transaction = co_await db_.begin();
    co_await transaction->run(forget, id.text(), micros(now));
    const Rows rows = co_await transaction->run(query, id.text());
    if (rows.empty())
        co_return no_such_webhook();
    if (rows.size() >= most_secrets)
        co_return too_many_secrets();
    const std::int64_t number = rows.front().integer(0) + 1;
    co_await transaction->run(end, id.text(), micros(now + overlap));
    SigningSecret fresh = secret ? std::move(*secret) : SigningSecret::make();
    co_await keep_secret(*transaction, id, number, std::move(fresh));
    co_await transaction->run(touch, id.text(), micros(now));
    co_await transaction->commit();
    co_return Result<void>();
}

Fault webhook_changed_meanwhile()
{
    return {FaultKind::precondition_failed,
            "VT-WHK-006",
            "The webhook was changed since you looked.",
            "GET it again and repeat the change with its new ETag.",
            {},
            {}};
}

Fault secret_unreadable()
{
    return {FaultKind::conflict,
            "VT-WHK-007",
            "The webhook's secret was sealed with another VITRINA_SECRET_KEY and cannot be read.",
            "Start the server with that key, or rotate the secret and then resume the webhook.",
            {},
            {}};
}

} // namespace vitrina

#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "core/result.hpp"
#include "db/database.hpp"
#include "webhooks/retry_times.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrina {

using WebhookId = Id<struct WebhookTag>;
using DeliveryId = Id<struct DeliveryTag>;

// The kinds of the webhooks' jobs. The subject is a delivery's id for the first, a webhook's for the others.
inline constexpr const char* deliver_webhook = "deliver_webhook";
inline constexpr const char* start_webhook = "start_webhook";
inline constexpr const char* forget_webhook = "forget_webhook";

// The type of a message that only says that messages arrive. It is no event: nothing happened.
inline constexpr std::string_view webhook_ping = "webhook.ping";

// As many there can be: each event is looked at for each of them.
inline constexpr std::int64_t most_webhooks = 100;

struct WebhookOptions {
    RetryTimes retries;
    std::chrono::seconds answer_within{15};
    // What is not settled yet, of one webhook: then its next events wait in the log.
    std::int64_t most_pending = 10'000;
};

// An address that is told of events.
struct Webhook {
    WebhookId id;
    std::string url; // may authorise by itself: not for logs
    std::string description;
    std::vector<std::string> types; // none: all
    enum class Status { active, paused } status = Status::active;
    std::string reason_code; // of paused: asked, failing, gone, restored, secret_unreadable
    std::string trouble;     // what went wrong last, for a person; "" since something arrived
    std::int64_t pending = 0; // deliveries that are neither delivered nor given up
    std::int64_t missed = 0;  // events that were kept no more when it was their turn
    std::optional<Instant> failing_since, delivered_at;
    Instant created_at{}, updated_at{};
    std::int64_t version = 1; // grows with every change that somebody asked for

    bool wants(std::string_view type) const;
};

std::string_view name(Webhook::Status status);

// The columns that read_webhook() reads, in its order.
#define WEBHOOK_COLUMNS                                                                                                \
    "id, url, description, types, status, reason_code, trouble, pending, missed, failing_since, delivered_at,"         \
    " created_at, updated_at, version"
Webhook read_webhook(const Row& row);

// Pauses one that is active, and tells so in an event. False when it was not active.
Task<bool> pause_webhook(Transaction& transaction, WebhookId id, std::string reason_code, Instant now);

// What was copied with a backup, or is taken back from a move, must not send what its original sends as well: whatever
// is active waits for somebody to look. Gives how many. May be done twice.
Task<std::int64_t> pause_restored_webhooks(Database& database);

// Those that need somebody's look: paused by something else than a person, or failing just now.
Task<std::vector<Webhook>> troubled_webhooks(Database& database);

Fault no_such_webhook();

} // namespace vitrina

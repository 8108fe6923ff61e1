#pragma once
#include "jobs/queue.hpp"
#include "webhooks/lanes.hpp"
#include "webhooks/webhook.hpp"

namespace vitrina {

// One event on its way to one webhook, or that was.
struct WebhookDelivery {
    DeliveryId id;
    WebhookId webhook;
    std::int64_t number = 0; // of this webhook's, in their order
    std::string event_id;    // the message's id as well: the same however often it is sent
    std::string type;
    enum class Status { pending, delivered, failed } status = Status::pending;
    int attempts = 0;
    int last_status = 0; // of HTTP; 0 without an answer
    std::string trouble; // what went wrong the last time; "" when nothing did
    std::optional<Instant> next_attempt_at; // of one that was tried and failed
    std::optional<DeliveryId> replay_of;
    Instant created_at{};
    std::optional<Instant> settled_at;
    std::string body; // as it is sent; only where one is asked for
};

std::string_view name(WebhookDelivery::Status status);

struct DeliveryAttempt {
    int number = 0; // 1, 2, …
    Instant at{};
    std::chrono::milliseconds took{0};
    int status = 0;      // of HTTP; 0 without an answer
    std::string trouble; // "" when it was taken
    std::string answer;  // how the answer's body begins
};

struct DeliveryQuery {
    WebhookId webhook;
    std::optional<WebhookDelivery::Status> status;
    std::optional<std::int64_t> before; // numbers less than this one
    int limit = 50;
};

// What was sent, and sending it again.
class WebhookDeliveries {
public:
    WebhookDeliveries(Database& database, JobQueue& queue, const Clock& clock, const WebhookOptions& options);

    Task<std::vector<WebhookDelivery>> list(DeliveryQuery query); // newest first
    Task<std::optional<WebhookDelivery>> find(DeliveryId id);
    Task<std::vector<DeliveryAttempt>> attempts(DeliveryId id);

    // A message that tells of nothing, sent once, also to a webhook that is paused.
    Task<Result<WebhookDelivery>> ping(WebhookId webhook);
    // The same message once more, behind what is on its way of the same object. conflict (VT-WHK-004) for one that is
    // on its way, and while the webhook is paused.
    Task<Result<WebhookDelivery>> replay(DeliveryId id);
    struct Replayed {
        int count = 0;
        bool more = false; // ask again
    };
    // Each that was given up since then and was not replayed yet, in their order, a bounded many at a time.
    Task<Result<Replayed>> replay_failed(WebhookId webhook, Instant since);

    // Removes what was settled before then, in small transactions. How many.
    Task<int> forget(Instant older_than);

private:
    Task<WebhookDelivery> get(Transaction& transaction, DeliveryId id);

    Database& db_;
    JobQueue& queue_;
    const Clock& clock_;
    Lanes lanes_;
};

Fault no_such_delivery();

} // namespace vitrina

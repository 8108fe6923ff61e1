#pragma once
#include "jobs/queue.hpp"
#include "webhooks/webhook.hpp"

#include <string>

namespace vitrina {

// What is to be sent to a webhook.
struct NewDelivery {
    std::string lane; // what goes out in order among itself
    std::string event_id, type, body;
    std::string replay_of; // the id of another delivery; "" for none
};

// The order in which deliveries go out: of each lane one at a time, the first that is not settled. All within the
// caller's transaction; call the queue's wake() after its commit.
class Lanes {
public:
    Lanes(JobQueue& queue, std::chrono::microseconds tried_for) : queue_(queue), tried_for_(tried_for) {}

    // At the end of its lane; with a job when nothing is before it. Nothing when there is no such webhook.
    Task<std::optional<DeliveryId>> put(Transaction& transaction, WebhookId webhook, NewDelivery delivery);
    // Gives the first unsettled one of the lane a job, unless it has one.
    Task<> go_on(Transaction& transaction, WebhookId webhook, std::string lane);
    // The same for each lane of which something lies behind that number, of a bounded many; what was put off is due at
    // once. The number to go on from; nothing at the end.
    Task<std::optional<std::int64_t>> start(Transaction& transaction, WebhookId webhook, std::int64_t behind);

private:
    Task<> queue_up(Transaction& transaction, std::string id);

    JobQueue& queue_;
    std::chrono::microseconds tried_for_;
};

} // namespace vitrina

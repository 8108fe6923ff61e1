#pragma once
#include "core/time_spent.hpp"
#include "http/outbound.hpp"
#include "jobs/queue.hpp"
#include "webhooks/lanes.hpp"
#include "webhooks/webhooks.hpp"

#include <atomic>
#include <functional>
#include <map>

namespace vitrina {

// Seen by the metrics: attempts, by how they ended.
struct DeliveryCounters {
    std::atomic<std::uint64_t> delivered = 0; // the receiver took it
    std::atomic<std::uint64_t> refused = 0;   // it answered something else than 2xx
    std::atomic<std::uint64_t> unanswered = 0; // no connection, or no answer in time
    std::atomic<std::uint64_t> blocked = 0;   // our own rules: not https, or not a public address
    std::atomic<std::uint64_t> given_up = 0;  // deliveries, not attempts: their time was over
    std::atomic<std::uint64_t> paused = 0;    // webhooks that were paused because of how it went
    TimeSpent answering;
};

// Handlers of the webhooks' jobs. Each may run twice: a message is sent at least once, always with the same id.
class DeliveryJobs {
public:
    // Outbound::send, or what stands for it in tests.
    using Post = std::function<Task<OutboundResult>(OutboundRequest)>;

    DeliveryJobs(Database& database, JobQueue& queue, const Clock& clock, Webhooks& webhooks, Post post,
                 const WebhookOptions& options);

    Task<JobResult> deliver(const Job& job);
    Task<JobResult> start(const Job& job);
    Task<JobResult> forget(const Job& job);

    const DeliveryCounters& counters() const { return counters_; }

private:
    struct Message;
    struct Outcome;
    class Place;

    Task<std::optional<Message>> find(std::string id);
    Task<Outcome> send(const Message& message, std::vector<SigningSecret> secrets);
    Task<JobResult> put_aside(const Job& job, Message message);
    Task<JobResult> pause_unreadable(const Job& job, Message message);
    Task<JobResult> record(const Job& job, Message message, Outcome outcome);
    Task<> note_attempt(Transaction& transaction, const Message& message, Outcome outcome, Instant now);
    Task<> note_delivered(Transaction& transaction, Message message, Instant now);

    Database& db_;
    JobQueue& queue_;
    const Clock& clock_;
    Webhooks& webhooks_;
    const Post post_;
    const WebhookOptions options_;
    Lanes lanes_;
    DeliveryCounters counters_;
    std::map<WebhookId, int> under_way_; // on the jobs' loop only
};

} // namespace vitrina

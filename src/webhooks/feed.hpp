#pragma once
#include "jobs/queue.hpp"
#include "webhooks/lanes.hpp"
#include "webhooks/webhook.hpp"

#include <atomic>
#include <chrono>
#include <memory>

namespace vitrina {

// Seen by the metrics.
struct FeedCounters {
    std::atomic<std::uint64_t> missed = 0; // events that were kept no more when it was a webhook's turn
};

// Makes deliveries of events. The events are the outbox: they are there exactly when their change is, and each webhook
// stands at a position among them, which moves in the transaction that writes its deliveries. So nothing is lost and
// nothing made twice, whichever process does it, and whenever it dies.
class WebhookFeed {
public:
    WebhookFeed(Database& database, JobQueue& queue, const WebhookOptions& options);
    ~WebhookFeed();
    WebhookFeed(const WebhookFeed&) = delete;
    WebhookFeed& operator=(const WebhookFeed&) = delete;

    // For each webhook what comes next, of a bounded many. True when there may be more at once.
    Task<bool> pass();

    // Passes on `loop` until stop(): at once when this process commits an event, else `poll` after the database
    // changed.
    void start(Executor loop, std::chrono::milliseconds poll = std::chrono::milliseconds(500));
    void stop(); // from any thread

    const FeedCounters& counters() const { return counters_; }

private:
    struct Loop;
    static Task<> follow(WebhookFeed& feed, std::shared_ptr<Loop> loop, std::chrono::milliseconds poll);
    Task<bool> pass_to(WebhookId webhook);

    Database& db_;
    JobQueue& queue_;
    const WebhookOptions options_;
    Lanes lanes_;
    FeedCounters counters_;
    std::shared_ptr<Loop> loop_;
};

} // namespace vitrina

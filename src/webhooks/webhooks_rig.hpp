#pragma once
#include "events/append_event.hpp"
#include "events/event_types.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"
#include "webhooks/deliveries.hpp"
#include "webhooks/delivery_job.hpp"
#include "webhooks/feed.hpp"
#include "webhooks/webhooks.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitrina {

// The whole room but the network: on the real database and queue, with virtual time.
struct WebhooksRig {
    // What a receiver got, in order, and when.
    struct Got {
        std::string url, id, signature, timestamp, body;
        Instant at{};
    };
    using Answer = std::function<OutboundResult(const Got&)>;

    explicit WebhooksRig(WebhookOptions chosen = {})
        : options(chosen),
          deliveries(*db, queue, clock, options),
          feed(*db, queue, options),
          jobs(*db, queue, clock, webhooks, [this](OutboundRequest request) { return take(std::move(request)); },
               options)
    {
    }

    ManualClock clock;
    WebhookOptions options;
    std::unique_ptr<Database> db = open_test_database();
    JobQueue queue{*db, clock};
    Vault vault{Secret("a key for tests, long enough")};
    Webhooks webhooks{*db, queue, vault, clock};
    WebhookDeliveries deliveries;
    WebhookFeed feed;
    DeliveryJobs jobs;
    std::vector<Got> got;
    Answer answer = [](const Got&) { return OutboundReply{200, {}, "thanks"}; };

    static OutboundReply reply(int status) { return {status, {}, "no"}; }

    Task<OutboundResult> take(OutboundRequest request)
    {
        Got one{request.url,
                std::string(request.headers.get("webhook-id")),
                std::string(request.headers.get("webhook-signature")),
                std::string(request.headers.get("webhook-timestamp")),
                request.body.before,
                clock.now()};
        got.push_back(one);
        OutboundResult result = answer(one);
        co_return result;
    }

    Webhook add(std::vector<std::string> types = {}, std::string url = "https://receiver.example/hook")
    {
        NewWebhook fresh;
        fresh.url = std::move(url);
        fresh.types = std::move(types);
        return *run(webhooks.create(std::move(fresh)));
    }
    Webhook look(WebhookId id) { return *run(webhooks.find(id)); }

    void set(WebhookId id, Webhook::Status status)
    {
        WebhookChange change;
        change.status = status;
        if (!run(webhooks.change(id, std::move(change))))
            throw std::runtime_error("it cannot be changed");
    }

    // Something happens to that video; its number tells one event from the next.
    VideoId happen(std::optional<VideoId> video = {}, std::string_view type = event_type::video_updated)
    {
        const VideoId id = video ? *video : VideoId::make(clock.now());
        auto transaction = run(db->begin());
        NewEvent event{type, id.text(), id.text(), "{\"size\":" + std::to_string(++happened) + "}", clock.now()};
        run(append_event(*transaction, std::move(event)));
        run(transaction->commit());
        return id;
    }
    int happened = 0;

    void pass()
    {
        while (run(feed.pass())) {}
    }

    // Works one due job, or moves the clock to the next; false when there is none.
    bool step()
    {
        const std::vector<std::string> kinds{deliver_webhook, start_webhook, forget_webhook};
        const std::optional<Job> job = run(queue.claim(kinds, "worker", std::chrono::seconds(60)));
        if (!job) {
            const auto due = run(queue.next_due(kinds));
            if (!due)
                return false;
            clock.advance(std::max<std::chrono::microseconds>(*due - clock.now(), std::chrono::microseconds(1)));
            return true;
        }
        const JobResult result = work(*job);
        run(queue.finish(*job, result));
        return true;
    }
    JobResult work(const Job& job)
    {
        if (job.kind == start_webhook)
            return run(jobs.start(job));
        return job.kind == forget_webhook ? run(jobs.forget(job)) : run(jobs.deliver(job));
    }
    // Everything passed on and every job worked.
    void settle(int most_steps = 5000)
    {
        for (int i = 0; i < most_steps; ++i) {
            pass();
            if (!step())
                return;
        }
        throw std::runtime_error("it never settles");
    }
    // As far as it comes in that time.
    void settle_for(std::chrono::microseconds time)
    {
        const Instant end = clock.now() + time;
        while (clock.now() < end) {
            pass();
            const std::vector<std::string> kinds{deliver_webhook, start_webhook, forget_webhook};
            const auto due = run(queue.next_due(kinds));
            if (!due || *due > end)
                break;
            step();
        }
        if (clock.now() < end)
            clock.advance(end - clock.now());
    }

    std::vector<WebhookDelivery> all(WebhookId id)
    {
        auto list = run(deliveries.list({.webhook = id, .status = {}, .before = {}, .limit = 1000}));
        return {list.rbegin(), list.rend()};
    }
    // The numbers of the events that arrived, as happen() counts them.
    std::vector<int> numbers() const
    {
        std::vector<int> list;
        for (const Got& one : got) {
            const auto at = one.body.find("\"size\":");
            list.push_back(at == std::string::npos ? 0 : std::stoi(one.body.substr(at + 7)));
        }
        return list;
    }
};

} // namespace vitrina

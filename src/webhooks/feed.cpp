#include "webhooks/feed.hpp"

#include "core/alarm.hpp"
#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "events/event_json.hpp"
#include "events/event_log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

namespace vitrina {
namespace {

// Of one transaction: others wait for it.
constexpr int looked_at_once = 100;

std::string lane_of(const Event& event)
{
    return event.video ? event.video->text() : event.subject;
}

} // namespace

struct WebhookFeed::Loop {
    explicit Loop(Executor executor) : home(executor), alarm(executor) {}

    Executor home;
    Alarm alarm; // on that loop
    std::atomic<bool> stopped{false};
    std::shared_ptr<void> hears_commits;
};

WebhookFeed::WebhookFeed(Database& database, JobQueue& queue, const WebhookOptions& options)
    : db_(database), queue_(queue), options_(options), lanes_(queue, options.retries.tried_for)
{
}

WebhookFeed::~WebhookFeed()
{
    stop();
}

Task<bool> WebhookFeed::pass()
{
    static constexpr Sql behind{"SELECT id FROM webhooks WHERE status = 'active' AND pending < $1"
                                " AND position < (SELECT MAX(position) FROM events) ORDER BY id"};
    const Rows rows = co_await db_.read(behind, options_.most_pending);
    bool more = false;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const WebhookId id = WebhookId::parse(rows[i].text(0)).value();
        const bool its_more = co_await pass_to(id);
        more |= its_more;
    }
    co_return more;
}

Task<bool> WebhookFeed::pass_to(WebhookId id)
{
    static constexpr Sql find{"SELECT " WEBHOOK_COLUMNS ", position FROM webhooks WHERE id = $1"
                              " AND status = 'active' AND pending < $2"};
    static constexpr Sql move{"UPDATE webhooks SET position = $2, missed = missed + $3 WHERE id = $1"};
    auto transaction = co_await db_.begin();
    const Rows found = co_await transaction->run(find, id.text(), options_.most_pending);
    if (found.empty())
        co_return false;
    const Webhook webhook = read_webhook(found.front());
    const std::int64_t position = found.front().integer(14);
    const std::vector<Event> events = co_await EventLog::after(*transaction, position, looked_at_once);
    if (events.empty())
        co_return false; // another process was quicker
    const std::int64_t missed = events.front().position - position - 1;
    for (const Event& event : events) {
        if (!webhook.wants(event.type))
            continue;
        NewDelivery delivery{
            .lane = lane_of(event), .event_id = event.id.text(), .type = event.type, .body = {}, .replay_of = {}};
        append_event_json(delivery.body, event);
        co_await lanes_.put(*transaction, id, std::move(delivery));
    }
    co_await transaction->run(move, id.text(), events.back().position, missed);
    FAIL_POINT("webhooks.feed.before_commit");
    co_await transaction->commit();
    FAIL_POINT("webhooks.feed.committed");
    queue_.wake();
    if (missed > 0) {
        counters_.missed += std::uint64_t(missed);
        log(LogLevel::warn, "events were kept no more when a webhook was to be told of them",
            {{"webhook", id.text()}, {"events", missed}});
    }
    co_return events.size() == std::size_t(looked_at_once);
}

void WebhookFeed::start(Executor loop, std::chrono::milliseconds poll)
{
    loop_ = std::make_shared<Loop>(loop);
    const std::weak_ptr<Loop> weak = loop_;
    loop_->hears_commits = db_.bell().on_ring([weak] {
        if (const auto self = weak.lock())
            boost::asio::post(self->home, [self] { self->alarm.ring(); });
    });
    boost::asio::co_spawn(loop, follow(*this, loop_, poll), boost::asio::detached);
}

void WebhookFeed::stop()
{
    if (!loop_)
        return;
    loop_->stopped = true;
    boost::asio::post(loop_->home, [loop = loop_] { loop->alarm.ring(); });
}

Task<> WebhookFeed::follow(WebhookFeed& feed, std::shared_ptr<Loop> loop, std::chrono::milliseconds poll)
{
    std::optional<std::uint64_t> seen;
    bool in_trouble = false;
    while (!loop->stopped) {
        bool more = false;
        try {
            const std::uint64_t version = co_await feed.db_.version();
            if (version != seen) {
                more = co_await feed.pass();
                if (!more)
                    seen = version; // what came meanwhile has changed it again
            }
            in_trouble = false;
        } catch (const std::exception& error) {
            if (!std::exchange(in_trouble, true))
                log(LogLevel::warn, "events cannot be passed on to webhooks; it is tried on",
                    {{"reason", error.what()}});
        }
        if (!more && !loop->stopped)
            co_await loop->alarm.wait(poll);
    }
}

} // namespace vitrina

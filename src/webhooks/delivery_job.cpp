#include "webhooks/delivery_job.hpp"

#include "core/fail_point.hpp"
#include "core/log.hpp"
#include "core/random.hpp"

#include <algorithm>

namespace vitrina {
namespace {

using namespace std::chrono_literals;

// At once to one webhook, from one process: a slow receiver must not take all the places there are.
constexpr int most_under_way = 8;
// So many failures in a row mean that the receiver was away; the first delivery that gets through wakes the others.
constexpr std::int64_t away_after = 5;
constexpr std::int64_t forgotten_at_once = 200;
constexpr std::size_t largest_answer = 256 * 1024;
// Of what the receiver said, for whoever looks into why it refuses.
constexpr std::size_t kept_of_answer = 500;
constexpr std::size_t longest_trouble = 300;

std::int64_t micros(Instant instant)
{
    return instant.time_since_epoch().count();
}

// The receiver's bytes: cut, and made text.
std::string beginning_of(std::string_view answer)
{
    std::string text(answer.substr(0, kept_of_answer));
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = ' ';
    // A character that was cut in half at the end goes; what is no UTF-8 at all is made so where it is shown.
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80)
        text.pop_back();
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0)
        text.pop_back();
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    return text;
}

std::string described(int status)
{
    std::string text = "the receiver answered " + std::to_string(status);
    if (status / 100 == 3)
        text += ": redirects are not followed, so give the address it leads to";
    return text;
}

} // namespace

// A delivery that is due, and what it needs to know of its webhook.
struct DeliveryJobs::Message {
    std::string id, lane, event_id, type, body, state, job_id;
    WebhookId webhook;
    int attempts = 0;
    Instant next_attempt_at{}, give_up_at{};
    std::string url;
    bool is_active = false;
    Instant rests_until{};
    std::int64_t failures = 0;
    std::optional<Instant> failing_since;
    std::int64_t pending = 0; // of its webhook

    // Says only that messages arrive: it is sent once, whatever became of the webhook, and changes nothing of it.
    bool is_ping() const { return type == webhook_ping; }
};

struct DeliveryJobs::Outcome {
    int status = 0;      // 0 without an answer
    std::string trouble; // "" when it was taken
    std::string answer;
    std::optional<std::chrono::seconds> retry_after;
    std::chrono::milliseconds took{0};

    bool is_delivered() const { return status / 100 == 2; }
    bool is_gone() const { return status == 410; }
};

// One of the few deliveries to a webhook that may be under way.
class DeliveryJobs::Place {
public:
    static std::optional<Place> take(std::map<WebhookId, int>& under_way, WebhookId id)
    {
        if (under_way[id] >= most_under_way)
            return std::nullopt;
        return Place(under_way, id);
    }
    Place(Place&& other) noexcept : under_way_(std::exchange(other.under_way_, nullptr)), id_(other.id_) {}
    Place& operator=(Place&&) = delete;
    ~Place()
    {
        if (under_way_ && --(*under_way_)[id_] == 0)
            under_way_->erase(id_);
    }

private:
    Place(std::map<WebhookId, int>& under_way, WebhookId id) : under_way_(&under_way), id_(id) { ++under_way[id]; }
    std::map<WebhookId, int>* under_way_;
    WebhookId id_;
};

DeliveryJobs::DeliveryJobs(Database& database, JobQueue& queue, const Clock& clock, Webhooks& webhooks, Post post,
                           const WebhookOptions& options)
    : db_(database),
      queue_(queue),
      clock_(clock),
      webhooks_(webhooks),
      post_(std::move(post)),
      options_(options),
      lanes_(queue, options.retries.tried_for)
{
}

Task<std::optional<DeliveryJobs::Message>> DeliveryJobs::find(std::string id)
{
    static constexpr Sql query{
        "SELECT d.id, d.lane, d.event_id, d.type, d.body, d.state, d.job_id, d.webhook_id, d.attempts,"
        " d.next_attempt_at, d.give_up_at, w.url, w.status, w.rests_until, w.failures, w.failing_since, w.pending"
        " FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id WHERE d.id = $1"};
    const Rows rows = co_await db_.read(query, std::move(id));
    if (rows.empty())
        co_return std::nullopt;
    const Row row = rows.front();
    const auto instant = [&row](std::size_t column) { return Instant{std::chrono::microseconds{row.integer(column)}}; };
    Message message{.id = std::string(row.text(0)),
                    .lane = std::string(row.text(1)),
                    .event_id = std::string(row.text(2)),
                    .type = std::string(row.text(3)),
                    .body = std::string(row.text(4)),
                    .state = std::string(row.text(5)),
                    .job_id = std::string(row.text(6)),
                    .webhook = WebhookId::parse(row.text(7)).value(),
                    .attempts = int(row.integer(8)),
                    .next_attempt_at = instant(9),
                    .give_up_at = instant(10),
                    .url = std::string(row.text(11)),
                    .is_active = row.text(12) == "active",
                    .rests_until = instant(13),
                    .failures = row.integer(14),
                    .failing_since = {},
                    .pending = row.integer(16)};
    if (!row.is_null(15))
        message.failing_since = instant(15);
    co_return message;
}

Task<JobResult> DeliveryJobs::deliver(const Job& job)
{
    const std::optional<Message> found = co_await find(job.subject);
    if (!found || found->state != "queued" || found->job_id != job.id.text())
        co_return Done{}; // settled, removed, or somebody else's by now
    const Message& message = *found;
    if (!message.is_active && !message.is_ping())
        co_return co_await put_aside(job, message);

    const Instant now = clock_.now();
    if (message.next_attempt_at > now)
        co_return Snooze{message.next_attempt_at - now};
    if (message.rests_until > now && !message.is_ping()) // not all of them in the same moment
        co_return Snooze{
            std::chrono::microseconds(std::int64_t(double((message.rests_until - now).count()) * (1 + roll_dice())))};
    const std::optional<Place> place = Place::take(under_way_, message.webhook);
    if (!place) {
        // The more wait, the longer each does, so that asking whether there is room costs the same however many they
        // are.
        const auto round = 500ms + 25ms * std::min<std::int64_t>(message.pending, 10'000);
        co_return Snooze{std::chrono::microseconds(
            std::int64_t(double(std::chrono::microseconds(round).count()) * (0.5 + roll_dice())))};
    }

    std::optional<SigningSecrets> secrets;
    try {
        secrets = co_await webhooks_.secrets(message.webhook);
    } catch (const VaultError&) {
        // Said below: a catch block cannot wait for anything.
    }
    if (!secrets)
        co_return co_await pause_unreadable(job, message);
    FAIL_POINT("webhooks.deliver.before_send");
    Outcome outcome = co_await send(message, secrets->all());
    FAIL_POINT("webhooks.deliver.sent");
    co_return co_await record(job, message, std::move(outcome));
}

Task<DeliveryJobs::Outcome> DeliveryJobs::send(const Message& message, std::vector<SigningSecret> secrets)
{
    const Instant now = clock_.now();
    OutboundRequest request;
    request.method = Method::post;
    request.url = message.url;
    request.repeat = Repeat::harmless; // the id tells a receiver that has seen it already
    request.answer_within = options_.answer_within;
    request.stalled_after = options_.answer_within;
    request.largest_answer = largest_answer;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("webhook-id", message.event_id);
    request.headers.add("webhook-timestamp", webhook_timestamp(now));
    request.headers.add("webhook-signature", webhook_signature(secrets, message.event_id, now, message.body));
    request.body.before = message.body;

    const auto began = std::chrono::steady_clock::now();
    const OutboundResult result = co_await post_(std::move(request));
    Outcome outcome;
    outcome.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
    if (const auto* failure = std::get_if<OutboundFailure>(&result)) {
        outcome.trouble = failure->reason.substr(0, longest_trouble);
        ++(failure->blocked ? counters_.blocked : counters_.unanswered);
        co_return outcome;
    }
    const auto& reply = std::get<OutboundReply>(result);
    counters_.answering.add(outcome.took);
    outcome.status = reply.status;
    outcome.answer = beginning_of(reply.body);
    if (outcome.is_delivered()) {
        ++counters_.delivered;
        co_return outcome;
    }
    ++counters_.refused;
    outcome.trouble = described(reply.status);
    outcome.retry_after = retry_after(reply.headers.get("Retry-After"), now);
    co_return outcome;
}

// Waits without a job until the webhook is resumed.
Task<JobResult> DeliveryJobs::put_aside(const Job& job, Message message)
{
    static constexpr Sql wait{"UPDATE webhook_deliveries SET state = 'waiting' WHERE id = $1 AND job_id = $2"
                              " AND settled_at IS NULL AND EXISTS (SELECT 1 FROM webhooks w"
                              " WHERE w.id = webhook_deliveries.webhook_id AND w.status = 'paused')"};
    auto transaction = co_await db_.begin();
    const bool ours = co_await queue_.holds(*transaction, job);
    if (!ours)
        co_return Done{};
    const Rows rows = co_await transaction->run(wait, message.id, job.id.text());
    if (rows.changed() == 0)
        co_return Snooze{0s}; // resumed meanwhile
    co_await transaction->commit();
    co_return Done{};
}

Task<JobResult> DeliveryJobs::pause_unreadable(const Job& job, Message message)
{
    auto transaction = co_await db_.begin();
    const bool paused = co_await pause_webhook(*transaction, message.webhook, "secret_unreadable", clock_.now());
    co_await transaction->commit();
    if (paused) {
        ++counters_.paused;
        log(LogLevel::error, "a webhook is paused: its secret cannot be read with this VITRINA_SECRET_KEY",
            {{"webhook", message.webhook.text()}});
    }
    if (message.is_ping()) { // there is nothing to wait for
        Outcome outcome;
        outcome.trouble = "the webhook's secret cannot be read with this VITRINA_SECRET_KEY: rotate it";
        co_return co_await record(job, std::move(message), std::move(outcome));
    }
    co_return co_await put_aside(job, std::move(message));
}

Task<JobResult> DeliveryJobs::record(const Job& job, Message message, Outcome outcome)
{
    // As of now: others may have succeeded or failed meanwhile.
    static constexpr Sql look{"SELECT failures, failing_since, status FROM webhooks WHERE id = $1"};
    static constexpr Sql postpone{"UPDATE webhook_deliveries SET state = $2, next_attempt_at = $3 WHERE id = $1"};
    static constexpr Sql give_up{"UPDATE webhook_deliveries SET state = 'failed', settled_at = $2 WHERE id = $1"};
    static constexpr Sql count_down{"UPDATE webhooks SET pending = pending - 1 WHERE id = $1"};
    static constexpr Sql note_failure{"UPDATE webhooks SET failures = failures + 1, failing_since = $2,"
                                      " rests_until = $3, trouble = $4 WHERE id = $1"};
    const Instant now = clock_.now();
    auto transaction = co_await db_.begin();
    const bool ours = co_await queue_.holds(*transaction, job);
    if (!ours)
        co_return Done{};
    const Rows looked = co_await transaction->run(look, message.webhook.text());
    if (looked.empty())
        co_return Done{}; // removed
    message.failures = looked.front().integer(0);
    message.failing_since.reset();
    if (!looked.front().is_null(1))
        message.failing_since = Instant{std::chrono::microseconds{looked.front().integer(1)}};
    bool is_active = looked.front().text(2) == "active";
    co_await note_attempt(*transaction, message, outcome, now);

    if (outcome.is_delivered()) {
        co_await note_delivered(*transaction, message, now);
        if (is_active || message.is_ping())
            co_await lanes_.go_on(*transaction, message.webhook, message.lane);
        FAIL_POINT("webhooks.deliver.before_commit");
        co_await transaction->commit();
        queue_.wake();
        co_return Done{};
    }

    std::string pause_for;
    if (!message.is_ping()) {
        const Instant failing_since = message.failing_since.value_or(now);
        const Instant rests_until = now + options_.retries.rest(int(message.failures) + 1, roll_dice());
        co_await transaction->run(note_failure, message.webhook.text(), micros(failing_since), micros(rests_until),
                                  outcome.trouble);
        if (outcome.is_gone())
            pause_for = "gone";
        else if (options_.retries.is_long(failing_since, now))
            pause_for = "failing";
    }
    if (!pause_for.empty()) {
        const bool paused = co_await pause_webhook(*transaction, message.webhook, pause_for, now);
        is_active = false;
        if (!paused)
            pause_for.clear();
    }

    // What was told that nobody is there any more waits, like all the others, for the webhook to be resumed.
    std::optional<Instant> next;
    if (!message.is_ping())
        next = options_.retries.next(message.attempts + 1, now, message.give_up_at, outcome.retry_after, roll_dice());
    const bool waits = outcome.is_gone() && !message.is_ping();
    if (next || waits) {
        const std::string state = is_active ? "queued" : "waiting";
        co_await transaction->run(postpone, message.id, state, micros(next.value_or(now)));
    } else {
        co_await transaction->run(give_up, message.id, micros(now));
        co_await transaction->run(count_down, message.webhook.text());
        if (is_active)
            co_await lanes_.go_on(*transaction, message.webhook, message.lane);
    }
    FAIL_POINT("webhooks.deliver.before_commit");
    co_await transaction->commit();
    queue_.wake();

    if (!pause_for.empty()) {
        ++counters_.paused;
        log(LogLevel::error, "a webhook is paused: nothing more is sent to it until somebody resumes it",
            {{"webhook", message.webhook.text()}, {"reason_code", pause_for}, {"trouble", outcome.trouble}});
    }
    if (!next && !waits && !message.is_ping()) {
        ++counters_.given_up;
        log(LogLevel::warn, "a webhook did not take a message, which is tried no more; it can be replayed",
            {{"webhook", message.webhook.text()}, {"delivery", message.id}, {"trouble", outcome.trouble}});
    }
    if (next && is_active)
        co_return Snooze{*next - now};
    co_return Done{};
}

Task<> DeliveryJobs::note_attempt(Transaction& transaction, const Message& message, Outcome outcome, Instant now)
{
    static constexpr Sql add{"INSERT INTO webhook_attempts (delivery_id, number, at, took_ms, status, trouble, answer)"
                             " VALUES ($1, $2, $3, $4, $5, $6, $7)"};
    static constexpr Sql count{"UPDATE webhook_deliveries SET attempts = $2, last_status = $3, trouble = $4"
                               " WHERE id = $1"};
    const std::int64_t number = message.attempts + 1, status = outcome.status;
    co_await transaction.run(add, message.id, number, micros(now - outcome.took), std::int64_t(outcome.took.count()),
                             status, outcome.trouble, std::move(outcome.answer));
    co_await transaction.run(count, message.id, number, status, std::move(outcome.trouble));
}

Task<> DeliveryJobs::note_delivered(Transaction& transaction, Message message, Instant now)
{
    static constexpr Sql settle{"UPDATE webhook_deliveries SET state = 'delivered', settled_at = $2 WHERE id = $1"};
    static constexpr Sql count_down{"UPDATE webhooks SET pending = pending - 1 WHERE id = $1"};
    static constexpr Sql recover{"UPDATE webhooks SET failures = 0, failing_since = NULL, rests_until = 0,"
                                 " trouble = '', delivered_at = $2 WHERE id = $1"};
    co_await transaction.run(settle, message.id, micros(now));
    co_await transaction.run(count_down, message.webhook.text());
    if (message.is_ping())
        co_return;
    co_await transaction.run(recover, message.webhook.text(), micros(now));
    if (message.failures < away_after)
        co_return;
    NewJob job{.kind = start_webhook, .subject = message.webhook.text(), .max_attempts = 1000};
    co_await queue_.enqueue(transaction, std::move(job));
}

Task<JobResult> DeliveryJobs::start(const Job& job)
{
    static constexpr Sql query{"SELECT 1 FROM webhooks WHERE id = $1 AND status = 'active'"};
    const auto id = WebhookId::parse(job.subject);
    std::optional<std::int64_t> behind = 0;
    while (id && behind) {
        auto transaction = co_await db_.begin();
        const bool ours = co_await queue_.holds(*transaction, job);
        const Rows rows = co_await transaction->run(query, id->text());
        if (!ours || rows.empty())
            co_return Done{};
        behind = co_await lanes_.start(*transaction, *id, *behind);
        co_await transaction->commit();
        queue_.wake();
    }
    co_return Done{};
}

Task<JobResult> DeliveryJobs::forget(const Job& job)
{
    static constexpr Sql attempts{"DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT id FROM webhook_deliveries"
                                  " WHERE webhook_id = $1 ORDER BY number LIMIT $2)"};
    static constexpr Sql deliveries{"DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries"
                                    " WHERE webhook_id = $1 ORDER BY number LIMIT $2)"};
    while (true) {
        auto transaction = co_await db_.begin();
        co_await transaction->run(attempts, job.subject, forgotten_at_once);
        const Rows removed = co_await transaction->run(deliveries, job.subject, forgotten_at_once);
        co_await transaction->commit();
        if (removed.changed() < forgotten_at_once)
            co_return Done{};
    }
}

} // namespace vitrina

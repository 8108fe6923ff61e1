#include "api/counted_rows.hpp"

#include <algorithm>
#include <mutex>

namespace vitrina {
namespace {

// Counting rows may take a while: the answer is remembered for a quarter of a minute.
class Remembered {
public:
    Remembered(const Clock& clock, MetricSource count) : clock_(clock), count_(std::move(count)) {}

    Task<std::vector<Metric>> ask()
    {
        {
            const std::lock_guard lock(mutex_);
            if (clock_.now() < fresh_until_)
                co_return remembered_;
            fresh_until_ = clock_.now() + std::chrono::seconds(15); // a failure is not repeated at once either
        }
        std::vector<Metric> metrics = co_await count_();
        const std::lock_guard lock(mutex_);
        remembered_ = metrics;
        co_return metrics;
    }

private:
    const Clock& clock_;
    MetricSource count_;
    std::mutex mutex_; // of what follows; never held across an await
    Instant fresh_until_{};
    std::vector<Metric> remembered_;
};

MetricSource remembering(const Clock& clock, MetricSource count)
{
    auto remembered = std::make_shared<Remembered>(clock, std::move(count));
    return [remembered] { return remembered->ask(); };
}

constexpr int limit_ms = 1000;

Task<std::vector<Metric>> count_jobs(Database& db, const Clock& clock)
{
    static constexpr Sql unfinished{"SELECT kind, CASE WHEN owner IS NULL THEN 0 ELSE 1 END, COUNT(*), MIN(due_at) "
                                    "FROM jobs GROUP BY 1, 2"};
    static constexpr Sql dead{"SELECT kind, COUNT(*) FROM dead_jobs GROUP BY kind"};
    std::vector<Value> none;
    const Rows alive_rows = co_await db.scan(unfinished, none, limit_ms);
    const Rows dead_rows = co_await db.scan(dead, none, limit_ms);

    std::vector<Sample> jobs, ages;
    for (std::size_t i = 0; i < alive_rows.size(); ++i) {
        const Row row = alive_rows[i];
        const std::string queue = label("queue", row.text(0));
        const bool is_running = row.integer(1) == 1;
        jobs.push_back({queue + (is_running ? ",state=\"running\"" : ",state=\"waiting\""), double(row.integer(2))});
        if (!is_running) {
            const Instant due{std::chrono::microseconds{row.integer(3)}};
            const double age = std::chrono::duration<double>(clock.now() - due).count();
            ages.push_back({queue, std::max(0.0, age)});
        }
    }
    for (std::size_t i = 0; i < dead_rows.size(); ++i)
        jobs.push_back({label("queue", dead_rows[i].text(0)) + ",state=\"dead\"", double(dead_rows[i].integer(1))});

    std::vector<Metric> metrics{
        gauge("vitrina_jobs", "Background jobs by kind and state.", std::move(jobs)),
        gauge("vitrina_job_oldest_age_seconds", "How long the oldest waiting job has been due.", std::move(ages))};
    co_return metrics;
}

Task<std::vector<Metric>> count_publications(Database& db)
{
    static constexpr Sql by_state{"SELECT platform, status, COUNT(*) FROM publications GROUP BY platform, status"};
    std::vector<Value> none;
    const Rows rows = co_await db.scan(by_state, std::move(none), limit_ms);
    std::vector<Sample> publications;
    double unknown = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        const auto count = double(row.integer(2));
        publications.push_back({label("platform", row.text(0)) + ',' + label("state", row.text(1)), count});
        if (row.text(1) == "outcome_unknown")
            unknown += count;
    }
    std::vector<Metric> metrics{
        gauge("vitrina_publications", "Publications by platform and state.", std::move(publications)),
        gauge("vitrina_publish_unknown", "Publications of which nobody knows whether they were posted.",
              {{"", unknown}})};
    co_return metrics;
}

Task<std::vector<Metric>> count_objects(Database& db)
{
    static constexpr Sql not_live{"SELECT state, COUNT(*) FROM objects WHERE state <> 'live' GROUP BY state"};
    std::vector<Value> none;
    const Rows rows = co_await db.scan(not_live, std::move(none), limit_ms);
    std::vector<Sample> objects;
    double strays = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        objects.push_back({label("state", rows[i].text(0)), double(rows[i].integer(1))});
        if (rows[i].text(0) == "stray")
            strays = objects.back().value;
    }
    std::vector<Metric> metrics{
        gauge("vitrina_storage_objects", "Objects that are not simply there, by state.", std::move(objects)),
        gauge("vitrina_gc_orphans", "Files in the store that nothing explains, watched before they go.",
              {{"", strays}})};
    co_return metrics;
}

Task<std::vector<Metric>> count_channels(Database& db, const Clock& clock)
{
    static constexpr Sql by_state{"SELECT platform, status, COUNT(*), MIN(access_expires_at) FROM accounts "
                                  "GROUP BY platform, status"};
    std::vector<Value> none;
    const Rows rows = co_await db.scan(by_state, std::move(none), limit_ms);
    std::vector<Sample> states, expiries;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        const std::string platform = label("platform", row.text(0));
        states.push_back({platform + ',' + label("state", row.text(1)), double(row.integer(2))});
        if (row.text(1) != "connected" || row.is_null(3))
            continue;
        const Instant ends{std::chrono::microseconds{row.integer(3)}};
        expiries.push_back({platform, std::chrono::duration<double>(ends - clock.now()).count()});
    }
    std::vector<Metric> metrics;
    metrics.push_back(gauge("vitrina_channel_state", "Connected accounts by platform and state.", std::move(states)));
    metrics.push_back(
        gauge("vitrina_channel_token_expiry_seconds",
              "Until the first access token of a platform's accounts ends; below 0, its next use renews it.",
              std::move(expiries)));
    co_return metrics;
}

Task<std::vector<Metric>> count_webhooks(Database& db, const Clock& clock)
{
    static constexpr Sql by_state{"SELECT status, COUNT(*), SUM(pending) FROM webhooks GROUP BY status"};
    // Of the active one that is furthest behind: when the first event that it was not looked at for happened.
    static constexpr Sql furthest{
        "SELECT MIN(at) FROM events WHERE position = (SELECT MIN(w.position) + 1 FROM webhooks w"
        " WHERE w.status = 'active')"};
    std::vector<Value> none;
    const Rows rows = co_await db.scan(by_state, none, limit_ms);
    const Rows behind = co_await db.scan(furthest, none, limit_ms);
    std::vector<Sample> webhooks;
    double pending = 0, lag = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        webhooks.push_back({label("state", rows[i].text(0)), double(rows[i].integer(1))});
        pending += double(rows[i].integer(2));
    }
    if (!behind.empty() && !behind.front().is_null(0)) {
        const Instant first{std::chrono::microseconds{behind.front().integer(0)}};
        lag = std::max(0.0, std::chrono::duration<double>(clock.now() - first).count());
    }
    std::vector<Metric> metrics{
        gauge("vitrina_webhooks", "Webhooks by state.", std::move(webhooks)),
        gauge("vitrina_webhook_pending", "Messages that are neither delivered nor given up.", {{"", pending}}),
        gauge("vitrina_outbox_lag_seconds", "How old the first event is that an active webhook was not looked at for.",
              {{"", lag}})};
    co_return metrics;
}

} // namespace

MetricSource job_metrics(Database& database, const Clock& clock)
{
    return remembering(clock, [&database, &clock] { return count_jobs(database, clock); });
}

MetricSource webhook_backlog_metrics(Database& database, const Clock& clock)
{
    return remembering(clock, [&database, &clock] { return count_webhooks(database, clock); });
}

MetricSource object_metrics(Database& database, const Clock& clock)
{
    return remembering(clock, [&database] { return count_objects(database); });
}

MetricSource channel_metrics(Database& database, const Clock& clock)
{
    return remembering(clock, [&database, &clock] { return count_channels(database, clock); });
}

MetricSource publication_metrics(Database& database, const Clock& clock)
{
    return remembering(clock, [&database] { return count_publications(database); });
}

} // namespace vitrina

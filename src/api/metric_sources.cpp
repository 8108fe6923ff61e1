#include "api/metric_sources.hpp"

#include <algorithm>
#include <mutex>

namespace vitrina {

namespace {

using Counts = std::vector<Sample>;

Metric metric(std::string name, std::string help, MetricType type, Counts samples)
{
    return {std::move(name), std::move(help), type, std::move(samples)};
}

Task<std::vector<Metric>> ready(std::vector<Metric> metrics)
{
    co_return metrics;
}

// A source that only looks at numbers in memory.
template <class Look>
MetricSource immediate(Look look)
{
    return [look = std::move(look)] { return ready(look()); };
}

// The job kinds are ours; still, what comes from a database is not pasted into a line format unseen.
std::string label(std::string_view name, std::string_view value)
{
    std::string text = std::string(name) + "=\"";
    for (const char c : value) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        text += plain ? c : '_';
    }
    return text + '"';
}

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

    Counts jobs;
    Counts ages;
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

    std::vector<Metric> metrics;
    metrics.push_back(metric("vitrina_jobs", "Background jobs by kind and state.", MetricType::gauge, std::move(jobs)));
    metrics.push_back(metric("vitrina_job_oldest_age_seconds", "How long the oldest waiting job has been due.",
                             MetricType::gauge, std::move(ages)));
    co_return metrics;
}

Task<std::vector<Metric>> count_publications(Database& db)
{
    static constexpr Sql by_state{"SELECT platform, status, COUNT(*) FROM publications GROUP BY platform, status"};
    std::vector<Value> none;
    const Rows rows = co_await db.scan(by_state, std::move(none), limit_ms);
    Counts publications;
    double unknown = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        const auto count = double(row.integer(2));
        publications.push_back({label("platform", row.text(0)) + ',' + label("state", row.text(1)), count});
        if (row.text(1) == "outcome_unknown")
            unknown += count;
    }
    std::vector<Metric> metrics;
    metrics.push_back(metric("vitrina_publications", "Publications by platform and state.", MetricType::gauge,
                             std::move(publications)));
    metrics.push_back(metric("vitrina_publish_unknown", "Publications of which nobody knows whether they were posted.",
                             MetricType::gauge, {{"", unknown}}));
    co_return metrics;
}

} // namespace

MetricSource upload_metrics(const UploadCounters& counters)
{
    return immediate([&counters] {
        std::vector<Metric> metrics;
        metrics.push_back(metric("vitrina_uploads_active", "Uploads being received.", MetricType::gauge,
                                 {{"", double(counters.active)}}));
        metrics.push_back(metric("vitrina_upload_completed_total", "Uploads that came to an end, by how.",
                                 MetricType::counter,
                                 {{"result=\"stored\"", double(counters.completed)},
                                  {"result=\"refused\"", double(counters.refused)},
                                  {"result=\"broken\"", double(counters.broken)}}));
        metrics.push_back(metric("vitrina_upload_bytes_total", "Bytes of files received.", MetricType::counter,
                                 {{"", double(counters.bytes)}}));
        return metrics;
    });
}

MetricSource access_metrics(const AccessCounters& counters, const RateLimiter& limiter)
{
    return immediate([&counters, &limiter] {
        std::vector<Metric> metrics;
        metrics.push_back(metric("vitrina_auth_failure_total", "Requests turned away at the door, by reason.",
                                 MetricType::counter,
                                 {{"reason=\"no_token\"", double(counters.no_token)},
                                  {"reason=\"bad_token\"", double(counters.bad_token)},
                                  {"reason=\"wrong_scope\"", double(counters.wrong_scope)}}));
        metrics.push_back(metric("vitrina_rate_limited_total", "Requests answered 429.", MetricType::counter,
                                 {{"", double(limiter.refused())}}));
        return metrics;
    });
}

MetricSource storage_metrics(ObjectStore& store)
{
    return immediate([&store] {
        std::vector<Metric> metrics;
        if (const auto free = store.free_bytes())
            metrics.push_back(metric("vitrina_storage_free_bytes", "Room left where objects are kept.",
                                     MetricType::gauge, {{"", double(*free)}}));
        return metrics;
    });
}

MetricSource cache_metrics(const AnswerCache& cache)
{
    return immediate([&cache] {
        std::vector<Metric> metrics;
        metrics.push_back(metric("vitrina_answer_cache_bytes", "Memory of remembered answers.", MetricType::gauge,
                                 {{"", double(cache.bytes())}}));
        return metrics;
    });
}

MetricSource server_metrics(std::string listener, std::function<ServerCounters()> counters)
{
    return immediate([labels = label("listener", listener), counters = std::move(counters)] {
        const ServerCounters now = counters();
        std::vector<Metric> metrics;
        metrics.push_back(metric("http_server_active_requests", "Requests in handlers.", MetricType::gauge,
                                 {{labels, double(now.in_flight)}}));
        metrics.push_back(metric("http_server_connections", "Open connections.", MetricType::gauge,
                                 {{labels, double(now.connections)}}));
        metrics.push_back(metric("http_server_accepted_connections_total", "Connections taken since the start.",
                                 MetricType::counter, {{labels, double(now.accepted)}}));
        return metrics;
    });
}

MetricSource decoder_metrics(std::function<InspectorCounts()> counts)
{
    return immediate([counts = std::move(counts)] {
        const InspectorCounts now = counts();
        std::vector<Metric> metrics;
        metrics.push_back(metric("vitrina_decoder_exit_total", "Media files read in a sandboxed child, by how that ended.",
                                 MetricType::counter,
                                 {{"reason=\"facts\"", double(now.facts)},
                                  {"reason=\"refused\"", double(now.refused)},
                                  {"reason=\"crashed\"", double(now.crashed)},
                                  {"reason=\"forbidden\"", double(now.forbidden)},
                                  {"reason=\"too_slow\"", double(now.too_slow)},
                                  {"reason=\"too_costly\"", double(now.too_costly)}}));
        metrics.push_back(metric("vitrina_sandbox_violation_total", "Children killed for a system call they tried.",
                                 MetricType::counter, {{"", double(now.forbidden)}}));
        return metrics;
    });
}

MetricSource job_metrics(Database& database, const Clock& clock)
{
    return remembering(clock, [&database, &clock] { return count_jobs(database, clock); });
}

MetricSource publication_metrics(Database& database, const Clock& clock)
{
    return remembering(clock, [&database] { return count_publications(database); });
}

} // namespace vitrina

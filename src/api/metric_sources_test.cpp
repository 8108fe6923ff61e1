#include "api/metric_sources.hpp"

#include "db/sqlite/open_sqlite.hpp"
#include "jobs/queue.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

Task<> enqueue(JobQueue& queue, std::string kind)
{
    auto transaction = co_await queue.database().begin();
    NewJob job{.kind = std::move(kind), .subject = "x"};
    co_await queue.enqueue(*transaction, std::move(job));
    co_await transaction->commit();
}

double value_of(const std::vector<Metric>& metrics, std::string_view name, std::string_view labels)
{
    for (const Metric& metric : metrics) {
        for (const Sample& sample : metric.samples) {
            if (metric.name == name && sample.labels == labels)
                return sample.value;
        }
    }
    return -1;
}

} // namespace

TEST_CASE("jobs by kind and state, counted anew after a while")
{
    const auto database = open_temporary_sqlite({.durable = false});
    ManualClock clock;
    JobQueue queue(*database, clock);
    const MetricSource source = job_metrics(*database, clock);
    run(enqueue(queue, "publish_video"));
    run(enqueue(queue, "publish_video"));
    clock.advance(10s);
    CHECK(run(queue.claim({"publish_video"}, "me", 60s)));

    auto metrics = run(source());
    CHECK(value_of(metrics, "vitrina_jobs", "queue=\"publish_video\",state=\"waiting\"") == 1);
    CHECK(value_of(metrics, "vitrina_jobs", "queue=\"publish_video\",state=\"running\"") == 1);
    CHECK(value_of(metrics, "vitrina_job_oldest_age_seconds", "queue=\"publish_video\"") == 10);

    run(enqueue(queue, "publish_video"));
    metrics = run(source());
    CHECK(value_of(metrics, "vitrina_jobs", "queue=\"publish_video\",state=\"waiting\"") == 1);
    clock.advance(16s);
    metrics = run(source());
    CHECK(value_of(metrics, "vitrina_jobs", "queue=\"publish_video\",state=\"waiting\"") == 2);
}

TEST_CASE("publications by platform and state, and those that a person has to look at")
{
    static constexpr Sql insert{"INSERT INTO publications (id, video_id, account_id, platform, status, options, progress_at,"
                                " created_at, updated_at) VALUES ($1, $1, 'a', $2, $3, '{}', 0, 0, 0)"};
    const auto database = open_temporary_sqlite({.durable = false});
    const ManualClock clock;
    run(database->write(insert, "1", "youtube", "published"));
    run(database->write(insert, "2", "youtube", "published"));
    run(database->write(insert, "3", "mastodon", "outcome_unknown"));

    const auto metrics = run(publication_metrics(*database, clock)());
    CHECK(value_of(metrics, "vitrina_publications", "platform=\"youtube\",state=\"published\"") == 2);
    CHECK(value_of(metrics, "vitrina_publications", "platform=\"mastodon\",state=\"outcome_unknown\"") == 1);
    CHECK(value_of(metrics, "vitrina_publish_unknown", "") == 1);
}

TEST_CASE("how the children that read media ended")
{
    const MetricSource source = decoder_metrics([] { return InspectorCounts{.facts = 3, .forbidden = 1}; });
    const auto metrics = run(source());
    CHECK(value_of(metrics, "vitrina_decoder_exit_total", "reason=\"facts\"") == 3);
    CHECK(value_of(metrics, "vitrina_sandbox_violation_total", "") == 1);
}

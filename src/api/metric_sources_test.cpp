#include "api/metric_sources.hpp"

#include "api/metrics.hpp"
#include "api/metrics_fixture.hpp"
#include "storage/memory_store.hpp"
#include "unit/run.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

namespace {

std::string scrape(Metrics& metrics)
{
    const auto routes = metrics.routes();
    const Request request;
    const Response response = run(routes.front().handler(request));
    return std::get<std::string>(response.body);
}

} // namespace

TEST_CASE("what took time says how long and how often")
{
    RunnerCounters counters;
    counters.handling["inspect_media"].failed.add(1500ms);
    counters.handling["inspect_media"].failed.add(500ms);
    Metrics metrics;
    metrics.add(runner_metrics(counters));
    const std::string text = scrape(metrics);
    CHECK(text.find("# TYPE vitrina_job_duration_seconds summary\n") != text.npos);
    CHECK(text.find("\nvitrina_job_duration_seconds_sum{kind=\"inspect_media\",outcome=\"failed\"} 2\n") != text.npos);
    CHECK(text.find("\nvitrina_job_duration_seconds_count{kind=\"inspect_media\",outcome=\"failed\"} 2\n") !=
          text.npos);
    CHECK(text.find("\nvitrina_job_claim_seconds_count 0\n") != text.npos);
}

TEST_CASE("how publications ended")
{
    PublishCounters counters{Platforms{}};
    counters.ended[{"youtube", PublicationState::failed}] = 4;
    counters.found_absent = 3;
    counters.duplicates = 1;
    counters.lateness["youtube"].add(2s);
    const auto metrics = run(publish_metrics(counters)());
    CHECK(value_of(metrics, "vitrina_publish_total", "platform=\"youtube\",outcome=\"failed\"") == 4);
    CHECK(value_of(metrics, "vitrina_publish_reconciled_total", "result=\"absent\"") == 3);
    CHECK(value_of(metrics, "vitrina_publish_reconciled_total", "result=\"posted\"") == 0);
    CHECK(value_of(metrics, "vitrina_publish_duplicate_detected_total", "") == 1);
    CHECK(value_of(metrics, "vitrina_publish_lateness_seconds", "platform=\"youtube\"") == 2);
}

TEST_CASE("operations of the store, by engine and outcome")
{
    MeasuredStore store(make_memory_store(), "memory");
    run(store.find("videos/1/a.mp4"));
    Metrics metrics;
    metrics.add(storage_metrics(store));
    const std::string text = scrape(metrics);
    const std::string name = "\nvitrina_storage_request_duration_seconds_count";
    CHECK(text.find(name + "{op=\"find\",backend=\"memory\",outcome=\"answered\"} 1\n") != text.npos);
    CHECK(text.find(name + "{op=\"find\",backend=\"memory\",outcome=\"failed\"} 0\n") != text.npos);
    CHECK(text.find("vitrina_storage_free_bytes") == text.npos);
}

TEST_CASE("how the children that read media ended")
{
    const MetricSource source = decoder_metrics([] { return InspectorCounts{.facts = 3, .forbidden = 1}; });
    const auto metrics = run(source());
    CHECK(value_of(metrics, "vitrina_decoder_exit_total", "reason=\"facts\"") == 3);
    CHECK(value_of(metrics, "vitrina_sandbox_violation_total", "") == 1);
}

#include "api/counted_rows.hpp"

#include "api/metrics_fixture.hpp"
#include "jobs/queue.hpp"
#include "unit/manual_clock.hpp"
#include "unit/run.hpp"
#include "unit/test_database.hpp"

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

} // namespace

TEST_CASE("jobs by kind and state, counted anew after a while")
{
    const auto database = open_test_database();
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
    static constexpr Sql insert{
        "INSERT INTO publications (id, video_id, account_id, platform, sandbox, status, options,"
        " progress_at, created_at, updated_at) VALUES ($1, $1, 'a', $2, 0, $3, '{}', 0, 0, 0)"};
    const auto database = open_test_database();
    const ManualClock clock;
    run(database->write(insert, "1", "youtube", "published"));
    run(database->write(insert, "2", "youtube", "published"));
    run(database->write(insert, "3", "mastodon", "outcome_unknown"));

    const auto metrics = run(publication_metrics(*database, clock)());
    CHECK(value_of(metrics, "vitrina_publications", "platform=\"youtube\",state=\"published\"") == 2);
    CHECK(value_of(metrics, "vitrina_publications", "platform=\"mastodon\",state=\"outcome_unknown\"") == 1);
    CHECK(value_of(metrics, "vitrina_publish_unknown", "") == 1);
}

TEST_CASE("channels by platform and state, and when the first of their tokens ends")
{
    static constexpr Sql insert{
        "INSERT INTO accounts (id, platform, name, remote_id, base_url, sandbox, status, client_id,"
        " client_secret_sealed, access_token_sealed, refresh_token_sealed, access_expires_at,"
        " created_at, updated_at) VALUES ($1, $2, 'n', $1, '', 0, $3, '', '', '', '', $4, 0, 0)"};
    const auto database = open_test_database();
    const ManualClock clock;
    const std::int64_t now = clock.now().time_since_epoch().count();
    run(database->write(insert, "1", "youtube", "connected", now + 90'000'000));
    run(database->write(insert, "2", "youtube", "connected", now + 30'000'000));
    run(database->write(insert, "3", "youtube", "needs_reconnect", now - 1'000'000));
    run(database->write(insert, "4", "mastodon", "connected", Value()));

    const auto metrics = run(channel_metrics(*database, clock)());
    CHECK(value_of(metrics, "vitrina_channel_state", "platform=\"youtube\",state=\"connected\"") == 2);
    CHECK(value_of(metrics, "vitrina_channel_state", "platform=\"youtube\",state=\"needs_reconnect\"") == 1);
    CHECK(value_of(metrics, "vitrina_channel_state", "platform=\"mastodon\",state=\"connected\"") == 1);
    CHECK(value_of(metrics, "vitrina_channel_token_expiry_seconds", "platform=\"youtube\"") == 30);
    CHECK(value_of(metrics, "vitrina_channel_token_expiry_seconds", "platform=\"mastodon\"") == -1);
}

TEST_CASE("objects that are not simply there")
{
    static constexpr Sql insert{
        "INSERT INTO objects (key, video_id, state, created_at, changed_at) VALUES ($1, 'v', $2, 0, 0)"};
    const auto database = open_test_database();
    const ManualClock clock;
    run(database->write(insert, "a", "live"));
    run(database->write(insert, "b", "pending"));
    run(database->write(insert, "c", "stray"));
    run(database->write(insert, "d", "stray"));

    const auto metrics = run(object_metrics(*database, clock)());
    CHECK(value_of(metrics, "vitrina_storage_objects", "state=\"pending\"") == 1);
    CHECK(value_of(metrics, "vitrina_storage_objects", "state=\"stray\"") == 2);
    CHECK(value_of(metrics, "vitrina_gc_orphans", "") == 2);
    CHECK(value_of(metrics, "vitrina_storage_objects", "state=\"live\"") == -1);
}

#include "api/metric_sources.hpp"

namespace vitrina {
namespace {

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

Sample spent(std::string labels, const TimeSpent& time)
{
    return {std::move(labels), time.seconds(), double(time.times)};
}

// Positions have no gaps, so their difference is a count.
Task<std::vector<Metric>> look_at_events(Database& database, const EventStreamCounters& streams)
{
    EventLog log(database);
    const EventLog::Extent extent = co_await log.extent();
    std::vector<Metric> metrics{
        gauge("vitrina_events", "Events that are kept.", {{"", double(extent.last - extent.first + 1)}}),
        counter("vitrina_events_total", "Events that ever happened.", {{"", double(extent.last)}}),
        gauge("vitrina_sse_clients", "Open streams of events.", {{"", double(streams.open)}}),
        counter("vitrina_sse_events_total", "Events sent on streams.", {{"", double(streams.sent)}}),
        counter("vitrina_sse_refused_total", "Streams refused because too many were open.",
                {{"", double(streams.refused)}}),
        counter("vitrina_sse_reset_total", "Streams told that events they missed are kept no more.",
                {{"", double(streams.resets)}})};
    co_return metrics;
}

} // namespace

MetricSource settings_metrics(const Settings& settings)
{
    return immediate([hash = label("hash", settings.fingerprint())] {
        return std::vector<Metric>{
            gauge("vitrina_config_hash", "The settings that hold, secrets aside: always 1.", {{hash, 1}})};
    });
}

MetricSource database_metrics(const Database& database)
{
    return immediate([&counters = database.counters()] {
        return std::vector<Metric>{
            summary("vitrina_db_query_seconds", "What was asked of the database, by kind.",
                    {spent("query=\"read\"", counters.read), spent("query=\"scan\"", counters.scan),
                     spent("query=\"write\"", counters.write), spent("query=\"transaction\"", counters.transaction)}),
            summary("vitrina_db_pool_wait_seconds", "What writers waited for their turn.", {spent("", counters.wait)})};
    });
}

MetricSource upload_metrics(const UploadCounters& counters)
{
    return immediate([&counters] {
        return std::vector<Metric>{
            gauge("vitrina_uploads_active", "Uploads being received.", {{"", double(counters.active)}}),
            counter("vitrina_upload_completed_total", "Uploads that came to an end, by how.",
                    {{"result=\"stored\"", double(counters.completed)},
                     {"result=\"refused\"", double(counters.refused)},
                     {"result=\"broken\"", double(counters.broken)}}),
            counter("vitrina_upload_bytes_acknowledged_total",
                    "Bytes of files that are durable, and whose sender was told so.",
                    {{"", double(counters.bytes_acknowledged)}}),
            summary("vitrina_upload_finalize_seconds",
                    "From an upload's last byte until its file and its entry are durable.",
                    {spent("", counters.finalize)})};
    });
}

MetricSource access_metrics(const AccessCounters& counters, const RateLimiter& limiter)
{
    return immediate([&counters, &limiter] {
        return std::vector<Metric>{
            counter("vitrina_auth_failure_total", "Requests turned away at the door, by reason.",
                    {{"reason=\"no_token\"", double(counters.no_token)},
                     {"reason=\"bad_token\"", double(counters.bad_token)},
                     {"reason=\"wrong_scope\"", double(counters.wrong_scope)},
                     {"reason=\"foreign_page\"", double(counters.foreign_page)},
                     {"reason=\"through_gateway\"", double(counters.through_gateway)}}),
            counter("vitrina_rate_limited_total", "Requests answered 429.", {{"", double(limiter.refused())}})};
    });
}

MetricSource storage_metrics(MeasuredStore& store)
{
    return immediate([&store] {
        std::vector<Metric> metrics;
        if (const auto free = store.free_bytes())
            metrics.push_back(
                gauge("vitrina_storage_free_bytes", "Room left where objects are kept.", {{"", double(*free)}}));
        std::vector<Sample> durations;
        for (std::size_t i = 0; i < StorageCounters::operations.size(); ++i) {
            const std::string labels =
                label("op", StorageCounters::operations[i]) + ',' + label("backend", store.backend());
            durations.push_back(spent(labels + ",outcome=\"answered\"", store.counters().answered[i]));
            durations.push_back(spent(labels + ",outcome=\"failed\"", store.counters().failed[i]));
        }
        metrics.push_back(summary("vitrina_storage_request_duration_seconds", "Operations of the object store.",
                                  std::move(durations)));
        return metrics;
    });
}

MetricSource sweep_metrics(const SweepCounters& counters)
{
    return immediate([&counters] {
        return std::vector<Metric>{counter("vitrina_gc_deleted_total", "Objects that the sweep removed from the store.",
                                           {{"", double(counters.removed)}})};
    });
}

MetricSource cache_metrics(const AnswerCache& cache)
{
    return immediate([&cache] {
        return std::vector<Metric>{
            gauge("vitrina_answer_cache_bytes", "Memory of remembered answers.", {{"", double(cache.bytes())}})};
    });
}

MetricSource server_metrics(std::string listener, std::function<ServerCounters()> counters)
{
    return immediate([labels = label("listener", listener), counters = std::move(counters)] {
        const ServerCounters now = counters();
        return std::vector<Metric>{
            gauge("http_server_active_requests", "Requests in handlers.", {{labels, double(now.in_flight)}}),
            gauge("http_server_connections", "Open connections.", {{labels, double(now.connections)}}),
            counter("http_server_accepted_connections_total", "Connections taken since the start.",
                    {{labels, double(now.accepted)}})};
    });
}

MetricSource decoder_metrics(std::function<InspectorCounts()> counts)
{
    return immediate([counts = std::move(counts)] {
        const InspectorCounts now = counts();
        return std::vector<Metric>{
            counter("vitrina_decoder_exit_total", "Media files read in a sandboxed child, by how that ended.",
                    {{"reason=\"facts\"", double(now.facts)},
                     {"reason=\"refused\"", double(now.refused)},
                     {"reason=\"crashed\"", double(now.crashed)},
                     {"reason=\"forbidden\"", double(now.forbidden)},
                     {"reason=\"too_slow\"", double(now.too_slow)},
                     {"reason=\"too_costly\"", double(now.too_costly)}}),
            counter("vitrina_sandbox_violation_total", "Children killed for a system call they tried.",
                    {{"", double(now.forbidden)}})};
    });
}

MetricSource queue_metrics(const QueueCounters& counters)
{
    return immediate([&counters] {
        return std::vector<Metric>{counter("vitrina_job_dead_total",
                                           "Jobs that died: nobody will try them again by itself.",
                                           {{"", double(counters.died)}}),
                                   counter("vitrina_job_fenced_write_total",
                                           "Writes in the name of a lease that was over: they changed nothing.",
                                           {{"", double(counters.fenced)}})};
    });
}

MetricSource runner_metrics(const RunnerCounters& counters)
{
    return immediate([&counters] {
        std::vector<Sample> durations;
        for (const auto& [kind, times] : counters.handling) {
            const std::string labels = label("kind", kind) + ",outcome=";
            durations.push_back(spent(labels + "\"done\"", times.done));
            durations.push_back(spent(labels + "\"snoozed\"", times.snoozed));
            durations.push_back(spent(labels + "\"given_up\"", times.given_up));
            durations.push_back(spent(labels + "\"failed\"", times.failed));
            durations.push_back(spent(labels + "\"lost\"", times.lost));
        }
        return std::vector<Metric>{
            summary("vitrina_job_duration_seconds", "Jobs worked here, by kind and how that ended.",
                    std::move(durations)),
            summary("vitrina_job_claim_seconds", "What it took to claim a job.", {spent("", counters.claim)}),
            counter("vitrina_job_lease_lost_total", "Jobs that went to somebody else while they were worked.",
                    {{"", double(counters.leases_lost)}})};
    });
}

MetricSource publish_metrics(const PublishCounters& counters)
{
    return immediate([&counters] {
        std::vector<Sample> ended, looks, edits;
        for (const auto& [key, count] : counters.edits)
            edits.push_back({label("platform", key.first) + ',' + label("outcome", key.second), double(count)});
        for (const auto& [key, count] : counters.looks)
            looks.push_back({label("platform", key.first) + ',' + label("outcome", key.second), double(count)});
        for (const auto& [key, count] : counters.ended)
            ended.push_back({label("platform", key.first) + ',' + label("outcome", name(key.second)), double(count)});
        std::vector<Sample> lateness;
        for (const auto& [platform, time] : counters.lateness)
            lateness.push_back(spent(label("platform", platform), time));
        std::vector<Sample> requests;
        for (const auto& [key, count] : counters.requests)
            requests.push_back({label("platform", key.first) + ',' + label("outcome", key.second), double(count)});
        std::vector<Sample> answers;
        for (const auto& [platform, time] : counters.request_time)
            answers.push_back(spent(label("platform", platform), time));
        return std::vector<Metric>{
            counter("vitrina_publish_requests_total", "Requests to the networks, by what came of them.",
                    std::move(requests)),
            summary("vitrina_publish_request_seconds", "What requests to the networks took, with their bodies.",
                    std::move(answers)),
            summary("vitrina_publish_lateness_seconds", "From when a publication was due until a worker took it up.",
                    std::move(lateness)),
            counter("vitrina_publish_total", "Publications that no worker will move on, by how they ended.",
                    std::move(ended)),
            counter("vitrina_publish_edits_total", "New words for published posts, by what became of them.",
                    std::move(edits)),
            counter("vitrina_publish_looks_total", "Looks at published posts, by what they found.", std::move(looks)),
            counter("vitrina_publish_reconciled_total",
                    "Posts without an answer, by what the network showed when it was asked.",
                    {{"result=\"posted\"", double(counters.found_posted)},
                     {"result=\"absent\"", double(counters.found_absent)},
                     {"result=\"rejected\"", double(counters.found_rejected)},
                     {"result=\"undecided\"", double(counters.undecided)}}),
            counter("vitrina_publish_duplicate_detected_total",
                    "Publications of which the network showed more than one post. Has to stay 0.",
                    {{"", double(counters.duplicates)}})};
    });
}

MetricSource outbound_metrics(const Outbound& outbound)
{
    return immediate([&outbound] {
        const OutboundCounters& counters = outbound.counters();
        return std::vector<Metric>{
            gauge("vitrina_outbound_shut_destinations",
                  "Hosts that are left alone just now, because none of the last "
                  "requests to them was answered.",
                  {{"", double(outbound.shut_destinations())}}),
            counter("vitrina_outbound_spared_total", "Requests that were not sent, because their host is left alone.",
                    {{"", double(counters.spared)}}),
            counter("vitrina_ssrf_blocked_total",
                    "Requests to other machines that our own rules refused: not https, or not public.",
                    {{"", double(counters.blocked)}})};
    });
}

MetricSource webhook_metrics(const DeliveryCounters& deliveries, const FeedCounters& feed)
{
    return immediate([&deliveries, &feed] {
        return std::vector<Metric>{
            counter("vitrina_webhook_attempt_total", "Messages sent to webhooks, by how that ended.",
                    {{"outcome=\"delivered\"", double(deliveries.delivered)},
                     {"outcome=\"refused\"", double(deliveries.refused)},
                     {"outcome=\"unanswered\"", double(deliveries.unanswered)},
                     {"outcome=\"blocked\"", double(deliveries.blocked)}}),
            counter("vitrina_webhook_given_up_total", "Messages that a webhook did not take in all their time.",
                    {{"", double(deliveries.given_up)}}),
            counter("vitrina_webhook_paused_total", "Webhooks that were paused because of how they answered.",
                    {{"", double(deliveries.paused)}}),
            counter("vitrina_webhook_missed_events_total",
                    "Events that were kept no more when a webhook was to be told of them.",
                    {{"", double(feed.missed)}}),
            summary("vitrina_webhook_answer_seconds", "What webhooks took to answer.",
                    {spent("", deliveries.answering)})};
    });
}

MetricSource event_metrics(Database& database, const EventStreamCounters& streams)
{
    return [&database, &streams] { return look_at_events(database, streams); };
}

} // namespace vitrina

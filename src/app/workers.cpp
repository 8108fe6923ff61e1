#include "app/workers.hpp"

#include "app/periodic.hpp"
#include "core/log.hpp"
#include "events/event_log.hpp"
#include "publishing/post_edits.hpp"
#include "publishing/post_looks.hpp"

namespace vitrina {
namespace {

const char* message_of(JobReport::What what)
{
    switch (what) {
    case JobReport::What::failed: return "a job failed and will be tried again";
    case JobReport::What::given_up: return "a job is dead: nobody will try it again by itself";
    case JobReport::What::lease_lost: return "a job was taken over by another worker";
    case JobReport::What::queue_unavailable: return "the job queue cannot be reached";
    }
    return "";
}

void log_job(const JobReport& report)
{
    const LogLevel level = report.what == JobReport::What::given_up ? LogLevel::error : LogLevel::warn;
    if (report.job)
        log(level, message_of(report.what),
            {{"job", report.job->id.text()},
             {"kind", report.job->kind},
             {"subject", report.job->subject},
             {"attempts", report.job->attempts},
             {"reason", report.reason}});
    else
        log(level, message_of(report.what), {{"reason", report.reason}});
}

void log_failures(const SweepReport& report)
{
    if (!report.failures.empty())
        log(LogLevel::warn, "remains could not be removed yet",
            {{"objects", report.failures.size()}, {"first", report.failures.front()}});
}

Task<> sweep_rows(Sweep& sweep)
{
    const SweepReport report = co_await sweep.run();
    log_failures(report);
    if (report.abandoned + report.deleted > 0)
        log(LogLevel::info, "swept the store", {{"abandoned", report.abandoned}, {"deleted", report.deleted}});
}

Task<> sweep_store(Sweep& sweep)
{
    const SweepReport report = co_await sweep.run_through_store();
    log_failures(report);
    if (report.strays + report.removed > 0)
        log(LogLevel::warn, "files that nothing explains are in the store",
            {{"seen", report.strays}, {"removed", report.removed}});
}

Task<> sweep_keys(IdempotencyKeys& keys)
{
    co_await keys.sweep();
}

// Others write into the sketch's tables without telling us.
Task<> take_adopted_changes(AdoptedChanges& changes)
{
    const bool expected = co_await changes.are_expected();
    if (expected)
        co_await changes.take();
}

// Long enough for somebody to ask what became of a job.
constexpr std::chrono::hours dead_jobs_are_kept{30 * 24};

Task<> sweep_dead_jobs(JobQueue& queue)
{
    co_await queue.forget_dead(dead_jobs_are_kept);
}

Task<> sweep_events(JobQueue& queue, std::chrono::seconds kept)
{
    EventLog events(queue.database());
    co_await events.forget(queue.clock().now() - kept);
}

// Their log goes back as far as that of the events.
Task<> sweep_deliveries(WebhookDeliveries& deliveries, JobQueue& queue, std::chrono::seconds kept)
{
    co_await deliveries.forget(queue.clock().now() - kept);
}

// They mostly wait for their receivers.
constexpr int webhooks_at_once = 32;

} // namespace

void add_jobs(Runner& runner, Roles roles, const Settings& settings, LibraryParts& library, PublishingParts& publishing,
              WebhookParts& webhooks)
{
    const int at_once = int(std::max<std::int64_t>(1, settings.number("VITRINA_JOBS")));
    runner.on_report(log_job);
    if (roles.work) {
        const int children = int(std::max<std::int64_t>(1, settings.number("VITRINA_MEDIA_CHILDREN")));
        runner.handle(inspect_media, [&library](const Job& job) { return library.inspection->work(job); }, children);
        runner.handle(adopt_file, [&library](const Job& job) { return library.adopted_changes.work(job); }, children);
        runner.handle(purge_video, [&library](const Job& job) { return library.deletion.work(job); }, at_once);
    }
    if (roles.publish) {
        PublishDriver& driver = publishing.driver;
        runner.handle(publish_video, [&driver](const Job& job) { return driver.publish(job); }, at_once);
        runner.handle(remove_publication, [&driver](const Job& job) { return driver.remove(job); }, at_once);
        runner.handle(publish_thumbnail, [&driver](const Job& job) { return driver.set_thumbnail(job); }, at_once);
        runner.handle(update_publication, [&driver](const Job& job) { return driver.update(job); }, at_once);
        runner.handle(look_at_posts, [&driver](const Job& job) { return driver.look(job); });
        DeliveryJobs& jobs = webhooks.jobs;
        runner.handle(deliver_webhook, [&jobs](const Job& job) { return jobs.deliver(job); }, webhooks_at_once);
        runner.handle(start_webhook, [&jobs](const Job& job) { return jobs.start(job); });
        runner.handle(forget_webhook, [&jobs](const Job& job) { return jobs.forget(job); });
    }
}

void start_periodic_work(EventLoops& loops, Roles roles, const Settings& settings, LibraryParts& library,
                         WebhookParts& webhooks, IdempotencyKeys& keys, JobQueue& queue, ConsentVisits& visits)
{
    if (!roles.work)
        return;
    using namespace std::chrono_literals;
    Sweep& sweep = library.sweep;
    loops.spawn(
        periodically("sweep of interrupted uploads and deletions", 60s, [&sweep] { return sweep_rows(sweep); }));
    AdoptedChanges& adopted = library.adopted_changes;
    loops.spawn(
        periodically("taking over what others wrote", 1s, [&adopted] { return take_adopted_changes(adopted); }));
    loops.spawn(periodically("sweep through the store", 24h, [&sweep] { return sweep_store(sweep); }));
    loops.spawn(periodically("sweep of idempotency keys", 1h, [&keys] { return sweep_keys(keys); }));
    loops.spawn(periodically("sweep of visits to consent pages", 1h, [&visits] { return visits.forget_old(); }));
    const std::chrono::seconds kept(settings.number("VITRINA_EVENTS_KEPT"));
    loops.spawn(periodically("sweep of old events", 60s, [&queue, kept] { return sweep_events(queue, kept); }));
    WebhookDeliveries& deliveries = webhooks.deliveries;
    loops.spawn(periodically("sweep of what was sent to webhooks", 60s,
                             [&deliveries, &queue, kept] { return sweep_deliveries(deliveries, queue, kept); }));
    if (settings.number("VITRINA_LOOK_AFTER") > 0)
        loops.spawn(periodically("planning of looks at published posts", 1h,
                                 [&queue] { return plan_looks(queue.database(), queue); }));
    loops.spawn(periodically("sweep of dead jobs", 24h, [&queue] { return sweep_dead_jobs(queue); }));
}

} // namespace vitrina

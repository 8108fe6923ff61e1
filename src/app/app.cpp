#include "app/app.hpp"

#include "api/metric_sources.hpp"
#include "app/endpoints.hpp"
#include "app/engines.hpp"
#include "app/process_limits.hpp"
#include "app/server_options.hpp"
#include "app/stop_signals.hpp"
#include "app/workers.hpp"
#include "core/log.hpp"
#include "events/event_follower.hpp"
#include "library/search_index.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <future>
#include <stdexcept>
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif

namespace vitrina {
namespace {

// A fault of the settings ends the start; the sentence is what the operator reads.
template <class T>
T or_throw(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().message +
                                 (result.error().hint.empty() ? "" : " " + result.error().hint));
    return std::move(*result);
}

// A library that was moved away, or has not wholly arrived, is not served: both places would publish.
std::unique_ptr<Database> open_database_to_serve(const Settings& settings)
{
    auto database = open_database(settings);
    boost::asio::io_context loop(1);
    std::string refusal;
    boost::asio::co_spawn(loop.get_executor(), read_standing(*database),
                          [&](std::exception_ptr error, const Standing& standing) {
        if (error)
            std::rethrow_exception(error);
        refusal = refusal_to_serve(standing, files_place(settings));
    });
    loop.run();
    if (!refusal.empty())
        throw std::runtime_error(refusal);
    return database;
}

AccessRule rule_for(const Settings& settings, Roles roles, Database& database)
{
    const SystemClock clock;
    Tokens tokens(database, clock);
    boost::asio::io_context loop(1);
    bool any = false;
    boost::asio::co_spawn(loop.get_executor(), tokens.any_valid(), [&any](std::exception_ptr error, bool found) {
        if (error)
            std::rethrow_exception(error);
        any = found;
    });
    loop.run();
    // Each service has an address of its own; what holds for the more public one holds for both.
    AccessRule rule{Access::open, ""};
    for (const auto& [has_role, name] : roles.listeners()) {
        if (!has_role || settings.text(name).empty())
            continue;
        AccessRule one = or_throw(
            access_rule({settings.text(name), settings.text("VITRINA_PUBLIC_URL"), settings.yes("VITRINA_OPEN"), any}));
        if (rule.reason.empty() || one.access == Access::tokens)
            rule = std::move(one);
    }
    return rule;
}

Task<> look_at_search(Database& database, LibraryParts& library)
{
    bool indexed = true;
    try {
        indexed = co_await search_is_indexed(database);
    } catch (const std::exception& error) {
        log(LogLevel::warn, "whether searches have an index could not be looked at", {{"reason", error.what()}});
    }
    library.videos.search_through_index(indexed);
    if (!indexed)
        log(LogLevel::warn, "searches walk every video: the database has no trigram index",
            {{"fix", how_to_index_search}});
}

} // namespace

// Declared in the order they are built.
struct App::Parts {
    explicit Parts(const Settings& given);
    void listen();
    DeletionHooks deletion_hooks();
    std::unique_ptr<SandboxedInspector> media_reader();

    const Settings& settings;
    const Roles roles;
    const SystemClock clock;
    std::unique_ptr<Database> database;
    std::unique_ptr<MeasuredStore> store;
    JobQueue queue;
    const AccessRule rule;
    // Requests and jobs have loops of their own: a network that takes 16 MiB at a time must not make a list wait.
    std::unique_ptr<EventLoops> request_loops;
    std::unique_ptr<EventLoops> work_loop;
    std::unique_ptr<PublishingParts> publishing;
    std::unique_ptr<LibraryParts> library;
    std::unique_ptr<WebhookParts> webhooks;
    std::unique_ptr<WebParts> web;
    std::unique_ptr<EventFollower> follower;
    std::unique_ptr<Endpoints> endpoints;
    std::unique_ptr<Server> video_server, publish_server, work_server;
    std::unique_ptr<Runner> runner;
};

App::Parts::Parts(const Settings& given)
    : settings(given),
      roles(or_throw(Roles::parse(given.text("VITRINA_ROLES")))),
      database(open_database_to_serve(given)),
      store(open_store(given)),
      queue(*database, clock),
      rule(rule_for(given, roles, *database)),
      request_loops(std::make_unique<EventLoops>(std::size_t(given.number("VITRINA_THREADS")))),
      work_loop(std::make_unique<EventLoops>(1))
{
    library =
        std::make_unique<LibraryParts>(settings, *database, *store, queue, clock, deletion_hooks(), media_reader());
    publishing = std::make_unique<PublishingParts>(settings, *database, *store, queue, clock, library->videos);
    webhooks = std::make_unique<WebhookParts>(settings, *database, queue, clock, *publishing);
    web = std::make_unique<WebParts>(settings, rule, *database, *store, clock, *library, *publishing);
    follower = std::make_unique<EventFollower>(*database, request_loops->executor(0));
    endpoints = std::make_unique<Endpoints>(settings, *library, *publishing, *webhooks, *web, *store, *database,
                                            *follower, clock);

    RunnerOptions options;
    options.owner = instance_id();
    options.lease = std::chrono::seconds(settings.number("VITRINA_JOB_LEASE"));
    runner = std::make_unique<Runner>(queue, work_loop->executor(0), std::move(options));
    add_jobs(*runner, roles, settings, *library, *publishing, *webhooks);
    web->metrics.add(event_metrics(*database, endpoints->event_streams()));
    web->metrics.add(webhook_metrics(webhooks->jobs.counters(), webhooks->feed.counters()));
    web->metrics.add(queue_metrics(queue.counters()));
    web->metrics.add(runner_metrics(runner->counters()));
    listen();
}

// The library and publishing know nothing of each other's insides; they meet here.
DeletionHooks App::Parts::deletion_hooks()
{
    DeletionHooks hooks;
    hooks.on_delete = [this](Transaction& transaction, VideoId video) -> Task<> {
        co_await publishing->publications.on_video_deleted(transaction, video);
        co_await MediaUrls::forget(transaction, video);
    };
    hooks.in_use = [this](VideoId video) { return publishing->publications.needs_video(video); };
    return hooks;
}

std::unique_ptr<SandboxedInspector> App::Parts::media_reader()
{
    if (!roles.work)
        return nullptr;
    return std::make_unique<SandboxedInspector>(work_loop->executor(0), inspector_options(settings));
}

void App::Parts::listen()
{
    const auto make_server = [this](Router router, const char* service, const char* setting) {
        Hooks hooks = make_hooks(web->access, web->limiter, web->cors, web->metrics);
        auto server = std::make_unique<Server>(*request_loops, std::move(router), std::move(hooks),
                                               or_throw(server_options(settings, setting)));
        web->metrics.add(server_metrics(service, [listening = server.get()] { return listening->counters(); }));
        return server;
    };
    if (roles.video) {
        Router router(endpoints->common());
        router.add(endpoints->of_videos());
        if (roles.publish)
            router.add(endpoints->of_publishing());
        video_server = make_server(std::move(router), "video", "VITRINA_LISTEN");
    }
    if (roles.publish) {
        Router router(endpoints->common());
        router.add(endpoints->of_publishing());
        publish_server = make_server(std::move(router), "publish", "VITRINA_PUBLISH_LISTEN");
    }
    if (roles.work && !settings.text("VITRINA_WORK_LISTEN").empty())
        work_server = make_server(Router(endpoints->common()), "work", "VITRINA_WORK_LISTEN");
}

App::App(const Settings& settings) : parts_(std::make_unique<Parts>(settings))
{
}

App::~App() = default;

void App::start()
{
    parts_->request_loops->start();
    parts_->work_loop->start();
    parts_->work_loop->post(0, [this] { parts_->runner->start(); });
    parts_->work_loop->spawn(look_at_search(*parts_->database, *parts_->library));
    start_periodic_work(*parts_->work_loop, parts_->roles, parts_->settings, *parts_->library, *parts_->webhooks,
                        parts_->web->keys, parts_->queue, parts_->publishing->visits);
    if (parts_->roles.publish)
        parts_->webhooks->feed.start(parts_->work_loop->executor(0));

    const auto announce = [this](const char* service, const Server* server, const char* setting) {
        if (server)
            log(LogLevel::info, "listening",
                {{"service", service}, {"address", parts_->settings.text(setting)}, {"port", server->port()}});
    };
    announce("video", parts_->video_server.get(), "VITRINA_LISTEN");
    announce("publish", parts_->publish_server.get(), "VITRINA_PUBLISH_LISTEN");
    announce("work", parts_->work_server.get(), "VITRINA_WORK_LISTEN");
    log(LogLevel::info, "ready",
        {{"version", VITRINA_VERSION},
         {"roles", parts_->settings.text("VITRINA_ROLES")},
         {"access", parts_->rule.reason}});
}

void App::drain(std::chrono::milliseconds budget)
{
    parts_->web->health.start_draining();
    parts_->publishing->publications.stop_waiting();
    parts_->library->uploads.stop_waiting();
    parts_->follower->stop();
    parts_->webhooks->feed.stop();
    const auto end = std::chrono::steady_clock::now() + budget;
    const auto left = [end] {
        const auto now = std::chrono::steady_clock::now();
        return now < end ? std::chrono::ceil<std::chrono::milliseconds>(end - now) : std::chrono::milliseconds(0);
    };
    // All at once: no service takes requests while another is still busy, and a job may be what a request waits for.
    std::promise<void> jobs_ended;
    boost::asio::co_spawn(parts_->work_loop->executor(0), parts_->runner->drain(left()),
                          [&jobs_ended](std::exception_ptr) { jobs_ended.set_value(); });
    std::vector<std::future<bool>> drained;
    for (Server* server : {parts_->video_server.get(), parts_->publish_server.get(), parts_->work_server.get()})
        if (server)
            drained.push_back(std::async(std::launch::async, [server, budget] { return server->drain(budget); }));
    for (std::future<bool>& in_time : drained)
        if (!in_time.get())
            log(LogLevel::warn, "requests were cut off: the drain's time was up");
    jobs_ended.get_future().wait();
}

// Everything that was promised is durable before it is promised, so the end needs no taking apart: after the drain it
// is the same as a kill, and what still waits somewhere (a disk, a network) cannot hold it up.
int serve(const Settings& settings)
{
    prepare_process();
    StopSignals signals;
    App app(settings);
    app.start();
    signals.wait();
    signals.let_the_next_one_kill();
    log(LogLevel::info, "stopping: no new requests are taken, those in flight are finished");
    app.drain(std::chrono::seconds(settings.number("VITRINA_DRAIN")));
    log(LogLevel::info, "stopped");
#if __has_feature(address_sanitizer)
    __lsan_do_leak_check(); // what nobody holds any more; quick_exit would not look
#endif
    std::quick_exit(0);
}

} // namespace vitrina

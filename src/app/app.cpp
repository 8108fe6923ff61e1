#include "app/app.hpp"

#include "api/metric_sources.hpp"
#include "app/endpoints.hpp"
#include "app/engines.hpp"
#include "app/server_options.hpp"
#include "app/stop_signals.hpp"
#include "app/workers.hpp"
#include "core/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <cstdlib>
#include <future>
#include <stdexcept>

namespace vitrina {
namespace {

// A fault of the settings ends the start; the sentence is what the operator reads.
template <class T>
T or_throw(Result<T> result)
{
    if (!result)
        throw std::runtime_error(result.error().message + (result.error().hint.empty() ? "" : " " + result.error().hint));
    return std::move(*result);
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
    for (const auto& [has_role, name] : {std::pair(roles.video, "VITRINA_LISTEN"), std::pair(roles.publish, "VITRINA_PUBLISH_LISTEN")}) {
        if (!has_role)
            continue;
        AccessRule one = or_throw(access_rule(settings.text(name), settings.yes("VITRINA_OPEN"), any));
        if (rule.reason.empty() || one.access == Access::tokens)
            rule = std::move(one);
    }
    return rule;
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
    std::unique_ptr<ObjectStore> store;
    JobQueue queue;
    const AccessRule rule;
    // Requests and jobs have loops of their own: a network that takes 16 MiB at a time must not make a list wait.
    std::unique_ptr<EventLoops> request_loops;
    std::unique_ptr<EventLoops> work_loop;
    std::unique_ptr<PublishingParts> publishing;
    std::unique_ptr<LibraryParts> library;
    std::unique_ptr<WebParts> web;
    std::unique_ptr<Endpoints> endpoints;
    std::unique_ptr<Server> video_server, publish_server;
    std::unique_ptr<Runner> runner;
};

App::Parts::Parts(const Settings& given)
    : settings(given), roles(or_throw(Roles::parse(given.text("VITRINA_ROLES")))), database(open_database(given)),
      store(open_store(given)), queue(*database, clock), rule(rule_for(given, roles, *database)),
      request_loops(std::make_unique<EventLoops>(std::size_t(given.number("VITRINA_THREADS")))),
      work_loop(std::make_unique<EventLoops>(1))
{
    library = std::make_unique<LibraryParts>(settings, *database, *store, queue, clock, deletion_hooks(), media_reader());
    publishing = std::make_unique<PublishingParts>(settings, *database, *store, queue, clock, library->videos);
    web = std::make_unique<WebParts>(settings, rule, *database, *store, clock, *library);
    endpoints = std::make_unique<Endpoints>(settings, *library, *publishing, *web, *store);

    RunnerOptions options;
    options.owner = instance_id();
    options.lease = std::chrono::seconds(settings.number("VITRINA_JOB_LEASE"));
    runner = std::make_unique<Runner>(queue, work_loop->executor(0), std::move(options));
    add_jobs(*runner, roles, settings, *library, *publishing);
    listen();
}

// The library and publishing know nothing of each other's insides; they meet here.
DeletionHooks App::Parts::deletion_hooks()
{
    DeletionHooks hooks;
    hooks.on_delete = [this](Transaction& transaction, VideoId video) {
        return publishing->publications.on_video_deleted(transaction, video);
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
}

App::App(const Settings& settings) : parts_(std::make_unique<Parts>(settings)) {}

App::~App() = default;

void App::start()
{
    parts_->request_loops->start();
    parts_->work_loop->start();
    parts_->work_loop->post(0, [this] { parts_->runner->start(); });
    start_periodic_work(*parts_->work_loop, parts_->roles, *parts_->library, parts_->web->keys);

    const auto announce = [this](const char* service, const Server* server, const char* setting) {
        if (server)
            log(LogLevel::info, "listening",
                {{"service", service}, {"address", parts_->settings.text(setting)}, {"port", server->port()}});
    };
    announce("video", parts_->video_server.get(), "VITRINA_LISTEN");
    announce("publish", parts_->publish_server.get(), "VITRINA_PUBLISH_LISTEN");
    log(LogLevel::info, "ready", {{"version", VITRINA_VERSION}, {"roles", parts_->settings.text("VITRINA_ROLES")},
                                  {"access", parts_->rule.reason}});
}

void App::drain(std::chrono::milliseconds budget)
{
    parts_->web->health.start_draining();
    const auto end = std::chrono::steady_clock::now() + budget;
    const auto left = [end] {
        const auto now = std::chrono::steady_clock::now();
        return now < end ? std::chrono::ceil<std::chrono::milliseconds>(end - now) : std::chrono::milliseconds(0);
    };
    // Both at once: a job may be what a request waits for.
    std::promise<void> jobs_ended;
    boost::asio::co_spawn(parts_->work_loop->executor(0), parts_->runner->drain(left()),
                          [&jobs_ended](std::exception_ptr) { jobs_ended.set_value(); });
    for (Server* server : {parts_->video_server.get(), parts_->publish_server.get()})
        if (server && !server->drain(left()))
            log(LogLevel::warn, "requests were cut off: the drain's time was up");
    jobs_ended.get_future().wait();
}

// Everything that was promised is durable before it is promised, so the end needs no taking apart: after the drain it is
// the same as a kill, and what still waits somewhere (a disk, a network) cannot hold it up.
int serve(const Settings& settings)
{
    StopSignals signals;
    App app(settings);
    app.start();
    signals.wait();
    signals.let_the_next_one_kill();
    log(LogLevel::info, "stopping: no new requests are taken, those in flight are finished");
    app.drain(std::chrono::seconds(settings.number("VITRINA_DRAIN")));
    log(LogLevel::info, "stopped");
    std::quick_exit(0);
}

} // namespace vitrina

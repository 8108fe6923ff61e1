#include "sandbox/sandbox.hpp"

#include "core/event_loops.hpp"
#include "http/server.hpp"
#include "sandbox/certificate.hpp"
#include "sandbox/control.hpp"
#include "sandbox/front.hpp"
#include "sandbox/moving_clock.hpp"
#include "sandbox/networks.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <stdexcept>

namespace vitrina::sandbox {
namespace {

constexpr std::chrono::milliseconds drain_budget{2000};

ServerOptions server_options(const std::string& address)
{
    ServerOptions options;
    const auto colon = address.rfind(':');
    const char* end = address.data() + address.size();
    const auto port = colon == address.npos ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                                            : std::from_chars(address.data() + colon + 1, end, options.port);
    if (port.ec != std::errc{} || port.ptr != end)
        throw std::invalid_argument("\"" + address + "\" is not ADDRESS:PORT");
    options.address = address.substr(0, colon);
    if (options.address.starts_with('['))
        options.address = options.address.substr(1, options.address.size() - 2);
    return options;
}

std::filesystem::path made_folder(const std::filesystem::path& folder)
{
    std::filesystem::create_directories(folder);
    return folder;
}

} // namespace

// In the order in which each needs those above it.
struct Sandbox::Parts {
    explicit Parts(SandboxOptions given);

    Hooks front_hooks();
    std::vector<Route> pages();
    std::string connect_to() const;

    SandboxOptions options;
    SystemClock system_clock;
    std::filesystem::path folder;
    Sqlite database;
    MovingClock clock;
    Ledger ledger;
    Accounts accounts;
    Uploads uploads;
    Names names;
    Faults faults;
    World world;
    std::vector<std::unique_ptr<Network>> networks;
    RequestLog log;
    Front front;
    Control control;
    CertificateFiles certificates;
    EventLoops loops{1}; // one loop: the networks' state needs no lock
    std::optional<Server> tls, page;
};

Sandbox::Parts::Parts(SandboxOptions given)
    : options(std::move(given)),
      folder(made_folder(options.data)),
      database(folder / "ledger.db"),
      clock(options.clock ? *options.clock : system_clock, database),
      ledger(database),
      accounts(database),
      uploads(database, folder / "uploads", options.keep_bytes_up_to),
      names(database, options.seed),
      world{database, ledger, accounts, uploads, names, clock, faults, options.processing},
      networks(make_networks(world)),
      front(world, log, networks),
      control(world, clock, log, networks)
{
    std::vector<std::string> certified = front.hosts();
    certified.insert(certified.end(), {"localhost", "127.0.0.1", "::1"});
    certificates = make_certificates(folder, certified);

    ServerOptions tls_options = server_options(options.listen);
    tls_options.tls = TlsFiles{certificates.certificate.string(), certificates.key.string()};
    tls.emplace(loops, Router(front.routes()), front_hooks(), std::move(tls_options));
    page.emplace(loops, Router(pages()), Hooks{}, server_options(options.page));
    control.set_reach({connect_to(), certificates.authority.string()});
}

std::vector<Route> Sandbox::Parts::pages()
{
    std::vector<Route> routes = control.routes();
    for (Route& route : front.consent_pages())
        routes.push_back(std::move(route));
    return routes;
}

Hooks Sandbox::Parts::front_hooks()
{
    Hooks hooks;
    hooks.refuse = [this](const Request& request, int status, const Fault& fault) {
        return front.refuse(request, status, fault.message);
    };
    return hooks;
}

std::string Sandbox::Parts::connect_to() const
{
    const std::string address = options.listen.substr(0, options.listen.rfind(':'));
    std::string list;
    for (const std::string& host : front.hosts())
        list += (list.empty() ? "" : ",") + host + ":443:" + address + ":" + std::to_string(tls->port());
    return list;
}

Sandbox::Sandbox(SandboxOptions options) : parts_(std::make_unique<Parts>(std::move(options)))
{
}

Sandbox::~Sandbox() = default;

std::uint16_t Sandbox::tls_port() const
{
    return parts_->tls->port();
}

std::uint16_t Sandbox::page_port() const
{
    return parts_->page->port();
}

std::filesystem::path Sandbox::ca_file() const
{
    return parts_->certificates.authority;
}

std::string Sandbox::connect_to() const
{
    return parts_->connect_to();
}

void Sandbox::start()
{
    parts_->loops.start();
}

void Sandbox::stop()
{
    parts_->tls->drain(drain_budget);
    parts_->page->drain(drain_budget);
    parts_->loops.stop();
    parts_->loops.join();
}

int run_sandbox(SandboxOptions options)
{
    // Blocked before the loops' threads exist, so that they inherit it and only sigwait() sees them.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);

    const std::string page_address = options.page.substr(0, options.page.rfind(':'));
    Sandbox sandbox(std::move(options));
    sandbox.start();
    std::printf("Vitrina sandbox: stand-ins for the networks. Nothing leaves this machine.\n"
                "  what was posted     http://%s:%u/\n"
                "  VITRINA_CA_FILE     %s\n"
                "  VITRINA_CONNECT_TO  %s\n",
                page_address.c_str(), sandbox.page_port(), sandbox.ca_file().c_str(), sandbox.connect_to().c_str());
    std::fflush(stdout);
    int signal = 0;
    sigwait(&ending, &signal);
    sandbox.stop();
    return 0;
}

} // namespace vitrina::sandbox

#include "app/publishing_parts.hpp"

#include "app/aws_parts.hpp"
#include "app/data_directory.hpp"
#include "app/platforms.hpp"
#include "core/comma_list.hpp"
#include "http/connect_to.hpp"

#include <algorithm>

namespace vitrina {
OutboundOptions outbound_options(const Settings& settings)
{
    OutboundOptions options;
    options.connect_to = parse_connect_to(settings.text("VITRINA_CONNECT_TO"));
    options.ca_file = settings.text("VITRINA_CA_FILE");
    const auto hosts = comma_list(settings.text("VITRINA_PRIVATE_HOSTS"));
    options.private_hosts.assign(hosts.begin(), hosts.end());
    return options;
}

namespace {

SecretKeys given_secret_keys(const Settings& settings)
{
    SecretKeys keys{read_secret(settings, "VITRINA_SECRET_KEY"), {}};
    const Secret others = read_secret(settings, "VITRINA_OTHER_SECRET_KEYS");
    for (const std::string_view other : comma_list(others.reveal()))
        keys.others.emplace_back(std::string(other));
    return keys;
}

} // namespace

std::function<SecretKeys()> secret_keys_of_server(const Settings& settings)
{
    SecretKeys given = given_secret_keys(settings);
    if (!given.present.empty())
        return [given] { return given; };
    return [file = data_directory(settings) / "secret.key", others = std::move(given.others)] {
        SecretKeys keys = keep_secret_keys(file);
        keys.others.insert(keys.others.end(), others.begin(), others.end());
        return keys;
    };
}

SecretKeys present_secret_keys(const Settings& settings)
{
    SecretKeys given = given_secret_keys(settings);
    if (!given.present.empty())
        return given;
    SecretKeys keys = find_secret_keys(secret_key_file(settings));
    keys.others.insert(keys.others.end(), given.others.begin(), given.others.end());
    return keys;
}

std::filesystem::path secret_key_file(const Settings& settings)
{
    return std::filesystem::path(settings.text("VITRINA_DATA")) / "secret.key";
}

Networks networks(const Settings& settings)
{
    return settings.text("VITRINA_CONNECT_TO").empty() ? Networks::real : Networks::sandbox;
}

RegisteredApps registered_apps(const Settings& settings, const Platforms& platforms)
{
    RegisteredApps apps;
    for (const auto& platform : platforms) {
        if (platform->has_servers())
            continue; // there we register by ourselves, or sign in
        std::string name = "VITRINA_" + std::string(platform->name());
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return char(std::toupper(c)); });
        AppCredentials app{std::string(settings.text(name + "_CLIENT_ID")),
                           Secret(std::string(settings.text(name + "_CLIENT_SECRET")))};
        if (!app.client_id.empty())
            apps.emplace(platform->name(), std::move(app));
    }
    return apps;
}

PublishingParts::PublishingParts(const Settings& settings, Database& database, ObjectStore& store, JobQueue& queue,
                                 const Clock& clock, Videos& videos)
    : platforms(make_platforms({.chunk = std::uint64_t(settings.number("VITRINA_CHUNK")),
                                .networks = networks(settings),
                                .linkedin_organisations = settings.yes("VITRINA_LINKEDIN_ORGANISATIONS")})),
      outbound(outbound_options(settings)),
      wire(outbound),
      vault(secret_keys_of_server(settings)),
      accounts(database, vault, platforms, wire, clock, networks(settings)),
      publications(database, queue, clock),
      requests(accounts, publications, platforms),
      found(database, queue, clock, videos, accounts, publications, platforms),
      schedules(database, queue, clock, videos, publications, platforms),
      edits(database, queue, clock, videos, publications, platforms),
      pacing(database, queue, clock),
      connections(database, accounts, publications, queue, platforms, wire, clock),
      visits(database, vault, platforms, registered_apps(settings, platforms), networks(settings),
             std::string(settings.text("VITRINA_SANDBOX_PAGE")), wire, connections, clock),
      driver(database, store, queue, clock, videos, accounts, platforms, vault, wire,
             std::chrono::seconds(settings.number("VITRINA_LOOK_AFTER")))
{
}

} // namespace vitrina

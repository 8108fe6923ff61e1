#include "app/publishing_parts.hpp"

#include "app/platforms.hpp"

#include <filesystem>

namespace vitrina {
namespace {

std::vector<std::string> comma_separated(std::string_view text)
{
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        std::string_view word = text.substr(0, comma);
        while (word.starts_with(' '))
            word.remove_prefix(1);
        if (!word.empty())
            words.emplace_back(word);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return words;
}

} // namespace

OutboundOptions outbound_options(const Settings& settings)
{
    OutboundOptions options;
    options.connect_to = parse_connect_to(settings.text("VITRINA_CONNECT_TO"));
    options.ca_file = settings.text("VITRINA_CA_FILE");
    options.private_hosts = comma_separated(settings.text("VITRINA_PRIVATE_HOSTS"));
    return options;
}

Secret secret_key(const Settings& settings)
{
    if (const auto given = settings.text("VITRINA_SECRET_KEY"); !given.empty())
        return Secret(std::string(given));
    return keep_secret_key(std::filesystem::path(settings.text("VITRINA_DATA")) / "secret.key");
}

PublishingParts::PublishingParts(const Settings& settings, Database& database, ObjectStore& store, JobQueue& queue,
                                 const Clock& clock, Videos& videos)
    : platforms(make_platforms({.chunk = std::uint64_t(settings.number("VITRINA_CHUNK"))})), outbound(outbound_options(settings)), wire(outbound), vault(secret_key(settings)),
      accounts(database, vault, platforms, wire, clock), publications(database, queue, clock), requests(accounts, publications, platforms),
      connections(database, accounts, publications, queue, platforms, wire, clock),
      driver(database, store, queue, clock, videos, accounts, platforms, vault, wire)
{
}

} // namespace vitrina

#pragma once
#include "core/settings.hpp"
#include "core/vault.hpp"
#include "http/outbound.hpp"
#include "jobs/queue.hpp"
#include "library/videos.hpp"
#include "publishing/accounts.hpp"
#include "publishing/connections.hpp"
#include "publishing/consent_visits.hpp"
#include "publishing/driver.hpp"
#include "publishing/found_posts.hpp"
#include "publishing/pacing.hpp"
#include "publishing/post_edits.hpp"
#include "publishing/publications.hpp"
#include "publishing/requests.hpp"
#include "publishing/schedules.hpp"
#include "publishing/wire.hpp"

#include <filesystem>

namespace vitrina {

// What leaves this process, as the settings allow it. Throws std::invalid_argument for a setting that cannot be read.
OutboundOptions outbound_options(const Settings& settings);

// For the vault of a running server: VITRINA_SECRET_KEY and its others; or those kept in the data directory, which are
// read whenever it is asked, as `vitrina rekey` may have changed them.
std::function<SecretKeys()> secret_keys_of_server(const Settings& settings);

// The keys there are, without making one: none present when there is none.
SecretKeys present_secret_keys(const Settings& settings);
std::filesystem::path secret_key_file(const Settings& settings);

// VITRINA_YOUTUBE_CLIENT_ID and the like.
RegisteredApps registered_apps(const Settings& settings, const Platforms& platforms);

// Where everything is redirected, to the stand-ins.
Networks networks(const Settings& settings);

// Publishing of one process, put together.
struct PublishingParts {
    PublishingParts(const Settings& settings, Database& database, ObjectStore& store, JobQueue& queue,
                    const Clock& clock, Videos& videos);

    Platforms platforms;
    Outbound outbound;
    OutboundWire wire;
    Vault vault;
    Accounts accounts;
    Publications publications;
    PublishRequests requests;
    FoundPosts found;
    Schedules schedules;
    PostEdits edits;
    Pacing pacing;
    Connections connections;
    ConsentVisits visits;
    PublishDriver driver;
};

} // namespace vitrina

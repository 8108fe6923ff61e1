#pragma once
#include "api/contract/publish.hpp"
#include "api/contract/videos.hpp"
#include "api/files.hpp"
#include "api/page/page.hpp"
#include "api/v1/accounts.hpp"
#include "api/v1/connect.hpp"
#include "api/v1/events.hpp"
#include "api/v1/pacing.hpp"
#include "api/v1/platforms.hpp"
#include "api/v1/publications.hpp"
#include "api/v1/videos.hpp"
#include "api/v1/webhooks.hpp"
#include "app/web_parts.hpp"
#include "app/webhook_parts.hpp"

#include <vector>

namespace vitrina {

// Every endpoint there is. Read here what the program answers to, and on which service.
class Endpoints {
public:
    Endpoints(const Settings& settings, LibraryParts& library, PublishingParts& publishing, WebhookParts& webhooks,
              WebParts& web, MeasuredStore& store, Database& database, EventFollower& follower, const Clock& clock);

    std::vector<Route> common();      // health, metrics, events, the API's description: on both services
    std::vector<Route> of_videos();   // library, uploads, playback
    std::vector<Route> of_publishing();

    const EventStreamCounters& event_streams() const { return events_.counters(); }

private:
    WebParts& web_;
    Page page_;
    EventsApi events_;
    PublicationsApi publications_;
    ContractVideos contract_videos_;
    VideosApi videos_;
    FilesApi files_;
    ContractPublish contract_publish_;
    AccountsApi accounts_;
    ConnectApi connect_;
    PacingApi pacing_;
    PlatformsApi platforms_;
    WebhooksApi webhooks_;
};

} // namespace vitrina

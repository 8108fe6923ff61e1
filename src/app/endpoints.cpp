#include "app/endpoints.hpp"

#include "app/delivery.hpp"

namespace vitrina {
namespace {

void append(std::vector<Route>& routes, std::vector<Route> more)
{
    routes.insert(routes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::chrono::milliseconds patience(const Settings& settings)
{
    return std::chrono::seconds(settings.number("VITRINA_UPLOAD_WAIT"));
}

FileDelivery file_delivery(const Settings& settings, MeasuredStore& store)
{
    const Delivery delivery(settings);
    return {.links = delivery.redirects ? store.links() : nullptr,
            .link_lifetime = delivery.link_lifetime,
            .behind_a_cache = !delivery.answers_with.empty()};
}

// Where the page is, for whoever comes to the publish service; a gateway has both under one address.
std::string home_of(const Settings& settings)
{
    const bool has_page = settings.text("VITRINA_ROLES").find("video") != std::string_view::npos;
    return has_page || !settings.text("VITRINA_PUBLIC_URL").empty() ? "/" : "";
}

// Where else than here the page finds what it shows.
std::string media_origin(const Settings& settings, MeasuredStore& store)
{
    const Delivery delivery(settings);
    if (delivery.redirects)
        return store.links()->origin();
    const auto host = delivery.answers_with.find("://");
    return host == std::string::npos ? "" : delivery.answers_with.substr(0, delivery.answers_with.find('/', host + 3));
}

} // namespace

Endpoints::Endpoints(const Settings& settings, LibraryParts& library, PublishingParts& publishing,
                     WebhookParts& webhooks, WebParts& web, MeasuredStore& store, Database& database,
                     EventFollower& follower, const Clock& clock)
    : web_(web),
      page_(web.access.rule(), media_origin(settings, store)),
      events_(database, follower, {.streams = std::uint64_t(settings.number("VITRINA_EVENT_STREAMS"))}),
      publications_(library.videos, publishing.requests, publishing.publications, publishing.found,
                    publishing.schedules, publishing.edits, clock),
      contract_videos_(library.videos, library.deletion, web.reception, web.video_urls, web.cache, patience(settings)),
      videos_(library.videos, library.deletion, web.reception, web.video_urls, web.cache,
              [this](std::vector<VideoId> videos) { return publications_.of_videos(std::move(videos)); },
              patience(settings)),
      files_(library.videos, store, file_delivery(settings, store)),
      contract_publish_(library.videos, publishing.requests, publishing.publications, publishing.platforms),
      accounts_(publishing.accounts, publishing.connections, publishing.platforms),
      connect_(publishing.visits, publishing.platforms, home_of(settings)),
      pacing_(publishing.accounts, publishing.pacing),
      platforms_(publishing.platforms, publishing.visits),
      webhooks_(webhooks.webhooks, webhooks.deliveries,
                [&publishing](const std::string& url) { return publishing.outbound.refusal(url); }, clock)
{
}

std::vector<Route> Endpoints::common()
{
    std::vector<Route> routes = web_.health.routes();
    append(routes, web_.metrics.routes());
    append(routes, page_.description());
    append(routes, events_.routes());
    return routes;
}

std::vector<Route> Endpoints::of_videos()
{
    std::vector<Route> routes = contract_videos_.routes();
    append(routes, videos_.routes());
    append(routes, files_.routes());
    append(routes, page_.page());
    return with_idempotency(std::move(routes), web_.keys); // uploads, which stream, see to their keys themselves
}

std::vector<Route> Endpoints::of_publishing()
{
    std::vector<Route> routes = contract_publish_.routes();
    append(routes, publications_.routes());
    append(routes, accounts_.routes());
    append(routes, connect_.routes());
    append(routes, pacing_.routes());
    append(routes, platforms_.routes());
    append(routes, webhooks_.routes());
    routes = with_idempotency(std::move(routes), web_.keys);
    append(routes, connect_.sign_in_route());
    return routes;
}

} // namespace vitrina

#include "app/endpoints.hpp"

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

// Whatever is connected while everything is redirected is an account of the stand-in, whoever says otherwise.
AccountsApi::Networks networks(const Settings& settings)
{
    return settings.text("VITRINA_CONNECT_TO").empty() ? AccountsApi::Networks::real : AccountsApi::Networks::sandbox;
}

} // namespace

Endpoints::Endpoints(const Settings& settings, LibraryParts& library, PublishingParts& publishing, WebParts& web,
                     ObjectStore& store)
    : web_(web), page_(web.access.rule()), publications_(library.videos, publishing.requests, publishing.publications),
      contract_videos_(library.videos, library.deletion, web.reception, web.video_urls, web.cache, patience(settings)),
      videos_(library.videos, library.deletion, web.reception, web.video_urls, web.cache,
              [this](std::vector<VideoId> videos) { return publications_.of_videos(std::move(videos)); }, patience(settings)),
      files_(library.videos, store),
      contract_publish_(library.videos, publishing.requests, publishing.publications, publishing.platforms),
      accounts_(publishing.accounts, publishing.connections, publishing.platforms, networks(settings))
{
}

std::vector<Route> Endpoints::common()
{
    std::vector<Route> routes = web_.health.routes();
    append(routes, web_.metrics.routes());
    append(routes, page_.routes());
    return routes;
}

std::vector<Route> Endpoints::of_videos()
{
    std::vector<Route> routes = contract_videos_.routes();
    append(routes, videos_.routes());
    append(routes, files_.routes());
    return routes;
}

std::vector<Route> Endpoints::of_publishing()
{
    std::vector<Route> routes = contract_publish_.routes();
    append(routes, publications_.routes());
    append(routes, accounts_.routes());
    return with_idempotency(std::move(routes), web_.keys);
}

} // namespace vitrina

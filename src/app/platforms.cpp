#include "app/platforms.hpp"

#include "publishing/platforms/facebook.hpp"
#include "publishing/platforms/instagram.hpp"
#include "publishing/platforms/linkedin.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/peertube.hpp"
#include "publishing/platforms/tiktok.hpp"
#include "publishing/platforms/vimeo.hpp"
#include "publishing/platforms/x.hpp"
#include "publishing/platforms/youtube.hpp"

namespace vitrina {

Platforms make_platforms(const PlatformSettings& settings)
{
    YoutubeOptions youtube{.chunk = settings.chunk};
    MastodonOptions mastodon;
    PeertubeOptions peertube{.chunk = settings.chunk};
    TiktokOptions tiktok;
    XOptions x;
    LinkedinOptions linkedin{.organisations = settings.linkedin_organisations};
    FacebookOptions facebook;
    InstagramOptions instagram;
    VimeoOptions vimeo{.chunk = settings.chunk};
    if (settings.networks == Networks::sandbox) {
        youtube.first_look = std::chrono::seconds(3); // as long as its processing takes
        mastodon.post_settles = std::chrono::seconds(2);
        peertube.first_look = std::chrono::seconds(3);
        peertube.upload_settles = std::chrono::seconds(2);
        tiktok.first_look = std::chrono::seconds(3);
        tiktok.opening_settles = std::chrono::seconds(2);
        tiktok.upload_settles = std::chrono::seconds(2);
        linkedin.first_look = std::chrono::seconds(3);
        linkedin.post_settles = std::chrono::seconds(2);
        linkedin.look_again = std::chrono::seconds(1);
        facebook.first_look = std::chrono::seconds(1);
        facebook.finish_settles = std::chrono::seconds(2);
        instagram.first_look = std::chrono::seconds(3);
        instagram.publish_settles = std::chrono::seconds(2);
        instagram.look_again = std::chrono::seconds(1);
        vimeo.first_look = std::chrono::seconds(3);
        vimeo.upload_settles = std::chrono::seconds(2);
        x.post_settles = std::chrono::seconds(2);
        x.look_again = std::chrono::seconds(1);
    }
    Platforms platforms;
    platforms.push_back(make_youtube(youtube));
    platforms.push_back(make_mastodon(mastodon));
    platforms.push_back(make_peertube(peertube));
    platforms.push_back(make_tiktok(tiktok));
    platforms.push_back(make_x(x));
    platforms.push_back(make_vimeo(vimeo));
    platforms.push_back(make_linkedin(linkedin));
    platforms.push_back(make_facebook(facebook));
    platforms.push_back(make_instagram(instagram));
    return platforms;
}

std::vector<std::string> platform_names()
{
    std::vector<std::string> names;
    for (const auto& platform : make_platforms())
        names.emplace_back(platform->name());
    return names;
}

} // namespace vitrina

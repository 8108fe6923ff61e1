#include "sandbox/networks.hpp"

#include "core/sandbox_app.hpp"
#include "sandbox/facebook.hpp"
#include "sandbox/instagram.hpp"
#include "sandbox/linkedin.hpp"
#include "sandbox/mastodon.hpp"
#include "sandbox/peertube.hpp"
#include "sandbox/tiktok.hpp"
#include "sandbox/vimeo.hpp"
#include "sandbox/x.hpp"
#include "sandbox/youtube.hpp"

namespace vitrina::sandbox {

std::vector<std::unique_ptr<Network>> make_networks(World& world)
{
    std::vector<std::unique_ptr<Network>> networks;
    networks.push_back(make_youtube(world));
    networks.push_back(make_mastodon(world));
    networks.push_back(make_peertube(world));
    networks.push_back(make_tiktok(world));
    networks.push_back(make_x(world));
    networks.push_back(make_vimeo(world));
    networks.push_back(make_linkedin(world));
    networks.push_back(make_facebook(world));
    networks.push_back(make_instagram(world));
    for (const auto& network : networks)
        world.accounts.add(Client{std::string(network->name()), std::string(sandbox_client_id),
                                  std::string(sandbox_client_secret), "Vitrina"});
    return networks;
}

} // namespace vitrina::sandbox

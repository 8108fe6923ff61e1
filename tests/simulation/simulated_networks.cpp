#include "simulation/simulated_networks.hpp"

#include "publishing/platforms/facebook.hpp"
#include "publishing/platforms/instagram.hpp"
#include "publishing/platforms/linkedin.hpp"
#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/peertube.hpp"
#include "publishing/platforms/tiktok.hpp"
#include "publishing/platforms/vimeo.hpp"
#include "publishing/platforms/x.hpp"
#include "publishing/platforms/youtube.hpp"

#include <cstdlib>

namespace vitrina::simulation {

namespace {

std::vector<SimulatedNetwork> wanted(std::vector<SimulatedNetwork> all)
{
    const char* only = std::getenv("VITRINA_SIMULATION_PLATFORM");
    if (only)
        std::erase_if(all, [only](const SimulatedNetwork& network) { return network.platform != only; });
    return all;
}

} // namespace

const std::vector<SimulatedNetwork>& simulated_networks()
{
    static const std::vector<SimulatedNetwork> all = wanted({
        {.name = "youtube", .platform = "youtube", .make = [] { return make_youtube({.chunk = 256 * 1024}); }},
        {.name = "tiktok",
         .platform = "tiktok",
         .make = [] { return make_tiktok(); },
         .options = R"({"privacy":"public"})"},
        {.name = "tiktok in pieces",
         .platform = "tiktok",
         .make = [] { return make_tiktok({.whole_up_to = 5'000'000, .chunk = 5'000'000}); },
         .options = R"({"privacy":"private"})",
         .bytes = 11'000'000},
        {.name = "mastodon", .platform = "mastodon", .make = [] { return make_mastodon(); }},
        {.name = "peertube", .platform = "peertube", .make = [] { return make_peertube({.chunk = 256 * 1024}); }},
        {.name = "linkedin member",
         .platform = "linkedin",
         .make = [] { return make_linkedin(); },
         .bytes = 5'000'000,
         .always_proves = false},
        {.name = "linkedin organisation",
         .platform = "linkedin",
         .make = [] { return make_linkedin(); },
         .account = {{"organisation", true}},
         .bytes = 5'000'000,
         .always_proves = false},
        {.name = "facebook", .platform = "facebook", .make = [] { return make_facebook(); }, .bytes = 1'300'000},
        {.name = "facebook reel",
         .platform = "facebook",
         .make = [] { return make_facebook(); },
         .options = R"({"kind":"reel"})",
         .width = 720,
         .height = 1280},
        {.name = "instagram", .platform = "instagram", .make = [] { return make_instagram(); }},
        {.name = "vimeo", .platform = "vimeo", .make = [] { return make_vimeo({.chunk = 256 * 1024}); }},
        {.name = "x",
         .platform = "x",
         .make = [] { return make_x({.smallest_piece = 256 * 1024}); },
         .always_proves = false},
    });
    return all;
}

std::vector<SimulatedNetwork> networks_where(bool (*is_so)(const SimulatedNetwork& network))
{
    std::vector<SimulatedNetwork> all = simulated_networks();
    std::erase_if(all, [is_so](const SimulatedNetwork& network) { return !is_so(network); });
    return all;
}

} // namespace vitrina::simulation

#include "simulation/simulated_networks.hpp"

#include "publishing/platforms/mastodon.hpp"
#include "publishing/platforms/youtube.hpp"

namespace vitrina::simulation {

const std::vector<SimulatedNetwork>& simulated_networks()
{
    static const std::vector<SimulatedNetwork> all{
        {.name = "youtube", .platform = "youtube", .make = [] { return make_youtube({.chunk = 256 * 1024}); }},
        {.name = "mastodon", .platform = "mastodon", .make = [] { return make_mastodon(); }},
    };
    return all;
}

} // namespace vitrina::simulation

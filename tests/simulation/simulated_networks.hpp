#pragma once
#include "publishing/platform.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitrina::simulation {

// A network as the simulation publishes to it.
struct SimulatedNetwork {
    std::string name;  // also where the name of a case is needed: "facebook reel"
    std::string platform; // of the product, and of the sandbox
    std::function<std::unique_ptr<Platform>()> make; // with parts as small as it takes
    std::string options = "{}";                      // of the publication
    boost::json::object account = {};                // settings of the sandbox's test account
    std::size_t bytes = 600'000;                     // of the video: several parts where there are parts
    int width = 1280, height = 720;
    // Whether it can always be found out what became of a post without an answer. Else a person may be asked.
    bool always_proves = true;
};

// Every network the product publishes to, or the one that VITRINA_SIMULATION_PLATFORM names. A new one is one entry.
const std::vector<SimulatedNetwork>& simulated_networks();
// Those of them of which that is true.
std::vector<SimulatedNetwork> networks_where(bool (*is_so)(const SimulatedNetwork& network));

} // namespace vitrina::simulation

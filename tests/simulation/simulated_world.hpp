#pragma once
#include "publishing/publishing_rig.hpp"
#include "simulation/sandbox_wire.hpp"
#include "simulation/simulated_networks.hpp"

namespace vitrina::simulation {

// What has to be there before the rest.
struct SandboxInternet {
    sandbox::TestWorld networks{memory_folder()};
    SandboxWire internet{networks};

    ~SandboxInternet() { std::filesystem::remove_all(networks.path); }
    // In memory: thousands of these are made, and nothing of them has to survive.
    static std::filesystem::path memory_folder();
};

// The product's publishing on one side, the sandbox's strict networks on the other, one clock for both, and nothing
// between them but what the tests let go wrong.
struct SimulatedWorld : SandboxInternet, PublishingRig {
    explicit SimulatedWorld(const SimulatedNetwork& network);

    const SimulatedNetwork& network;
    std::string bytes;

    void connect_account();
    Publication publish_one(const std::string& title = "Cats");
    // Every post the network ever took that says so; "" any.
    std::vector<sandbox::Post> posts(const std::string& words = "") const;
    // Until nothing moves by itself any more.
    void settle_all();
    // The fault of docs/sandbox.md, played at the first fitting call.
    void script(const std::string& json) { networks.script(json); }
};

struct Verdict {
    enum class Fault { none, twice, lost, wrongly_published };

    PublicationState state{};
    Fault fault = Fault::none;
    std::string wrong; // what exactly; "" when all is well
};
// How a publication ended. All is well when there is exactly one post, of the right bytes, and the product says so; or,
// where the network cannot always be asked, when the product says that it does not know, and there is at most one.
// `words` are in its post and in no other's.
Verdict judge(SimulatedWorld& world, const Publication& publication, const std::string& words = "");

} // namespace vitrina::simulation

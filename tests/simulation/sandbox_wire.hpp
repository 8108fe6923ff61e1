#pragma once
#include "publishing/mishap.hpp"
#include "publishing/wire.hpp"
#include "sandbox/test_world.hpp"

#include <functional>

namespace vitrina::simulation {

// The product's wire to the sandbox's networks, within one process: the very requests that would go out, and things
// that go wrong on the way.
class SandboxWire final : public Wire {
public:
    explicit SandboxWire(sandbox::TestWorld& networks) : networks_(networks) {}

    // What happens to the n-th exchange (from 1).
    std::function<fake::Mishap(int n, const Send& send)> plan;
    int exchanges = 0;
    int commits = 0; // that reached a network

    Task<Outcome> carry(Parcel parcel) override;

private:
    Outcome ask(OutboundRequest request, std::string body, std::size_t arrives);

    sandbox::TestWorld& networks_;
};

} // namespace vitrina::simulation

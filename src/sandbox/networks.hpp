#pragma once
#include "sandbox/network.hpp"

#include <memory>
#include <vector>

namespace vitrina::sandbox {

// All the networks that the sandbox stands in for. Each knows the app of core/sandbox_app.hpp.
std::vector<std::unique_ptr<Network>> make_networks(World& world);

} // namespace vitrina::sandbox

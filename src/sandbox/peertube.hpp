#pragma once
#include "sandbox/network.hpp"

#include <memory>

namespace vitrina::sandbox {

// One PeerTube server, peertube.sandbox.test.
std::unique_ptr<Network> make_peertube(World& world);

// What PeerTube demands of a new video; throws Refusal.
void check_peertube_metadata(const boost::json::object& video, bool new_one);

} // namespace vitrina::sandbox

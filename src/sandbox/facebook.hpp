#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// Facebook Pages: ordinary videos in three phases, reels by the upload host. With the dialog that Instagram uses too.
std::unique_ptr<Network> make_facebook(World& world);

} // namespace vitrina::sandbox

#pragma once
#include "sandbox/network.hpp"

namespace vitrina::sandbox {

// Instagram's professional accounts, on Facebook's hosts: an account is reached through the page it is linked to, which
// is the Facebook test account of the same name.
std::unique_ptr<Network> make_instagram(World& world);

} // namespace vitrina::sandbox

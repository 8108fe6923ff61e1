#pragma once
#include "sandbox/network.hpp"

#include <memory>

namespace vitrina::sandbox {

// One Mastodon server, mastodon.sandbox.test.
std::unique_ptr<Network> make_mastodon(World& world);

// Characters of a status as Mastodon counts them: code points, and 23 for an address however long it is.
std::size_t count_status_characters(std::string_view text);

} // namespace vitrina::sandbox

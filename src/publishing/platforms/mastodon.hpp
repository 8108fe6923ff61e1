#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <memory>

namespace vitrina {

struct MastodonOptions {
    std::chrono::seconds first_look{2}; // at the media's processing; then twice as long, up to 15 s
};

// Any server that speaks Mastodon's API; what only newer ones have is not demanded.
std::unique_ptr<Platform> make_mastodon(MastodonOptions options = {});

} // namespace vitrina

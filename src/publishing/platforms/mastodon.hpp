#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <memory>

namespace vitrina {

struct MastodonOptions {
    std::chrono::seconds first_look{2}; // at the media's processing; then twice as long, up to 15 s
    // How long a server may be at a post whose answer did not come. Asked again before, servers of before 4.3, which
    // look for the key first and store it after the post, would make a second one.
    std::chrono::seconds post_settles{120};
};

// Any server that speaks Mastodon's API; what only newer ones have is not demanded.
std::unique_ptr<Platform> make_mastodon(MastodonOptions options = {});

} // namespace vitrina

#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace vitrina {

struct InstagramOptions {
    std::string version = "v25.0"; // of the Graph API; each is there for about two years
    // Before the first look at a container's processing; later ones are further apart.
    std::chrono::seconds first_look{10};
    // How long Instagram may still be at a request to publish whose answer did not come.
    std::chrono::seconds publish_settles{60};
    // Before the second look for a post's link, or for the post itself; later ones are further apart.
    std::chrono::seconds look_again{10};
};

// Instagram's professional accounts: reels, by Meta's Graph API with the login of Facebook.
std::unique_ptr<Platform> make_instagram(InstagramOptions options = {});

} // namespace vitrina

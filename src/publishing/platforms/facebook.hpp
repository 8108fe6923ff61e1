#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace vitrina {

struct FacebookOptions {
    std::string version = "v25.0"; // of the Graph API; each is there for about two years
    // Before the first look at a video's processing; later ones are further apart.
    std::chrono::seconds first_look{5};
    // How long Facebook may still be at a request to publish whose answer did not come.
    std::chrono::seconds finish_settles{60};
};

// Facebook Pages: ordinary videos and Reels, by Meta's Graph API.
std::unique_ptr<Platform> make_facebook(FacebookOptions options = {});

} // namespace vitrina

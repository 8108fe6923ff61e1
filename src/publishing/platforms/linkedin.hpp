#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace vitrina {

struct LinkedinOptions {
    std::string version = "202609"; // of the API: a month, good for about a year
    bool organisations = false; // the app may speak for them: people are asked for that as well
    std::chrono::seconds first_look{5}; // at a video's processing; later ones are further apart
    // How long LinkedIn may still be at a post whose answer did not come; only then its list is believed.
    std::chrono::seconds post_settles{60};
    // How long to wait before the second look at that list; longer and longer after that.
    std::chrono::seconds look_again{30};
};

// LinkedIn, for members and for organisations.
std::unique_ptr<Platform> make_linkedin(LinkedinOptions options = {});

} // namespace vitrina

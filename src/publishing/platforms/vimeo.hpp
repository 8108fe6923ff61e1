#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace vitrina {

struct VimeoOptions {
    std::uint64_t chunk = 32 << 20; // of a request; any size will do
    // Before the first look at a video's processing; later ones are further apart.
    std::chrono::seconds first_look{10};
    // How long Vimeo may still be at bytes whose answer did not come; only then what it says of the video is believed.
    std::chrono::seconds upload_settles{60};
};

// Vimeo, by its API version 3.4.
std::unique_ptr<Platform> make_vimeo(VimeoOptions options = {});

} // namespace vitrina

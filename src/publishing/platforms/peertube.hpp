#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace vitrina {

struct PeertubeOptions {
    // Of a request: servers cut one off after five minutes, and those that keep videos in an object store take no
    // small pieces.
    std::uint64_t chunk = 16 << 20;
    // Before the first look at a video's processing; later ones are further apart.
    std::chrono::seconds first_look{10};
    // How long a server may still be at an upload that it does not know any more; only then its list is believed.
    std::chrono::seconds upload_settles{60};
};

// Any PeerTube server.
std::unique_ptr<Platform> make_peertube(PeertubeOptions options = {});

} // namespace vitrina

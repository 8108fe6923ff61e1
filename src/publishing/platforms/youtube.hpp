#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace vitrina {

struct YoutubeOptions {
    std::uint64_t chunk = 16 * 1024 * 1024; // bytes; a multiple of 256 KiB
    std::chrono::seconds first_look{30}; // after the upload, at its processing; then twice as long, up to 2 minutes
};

// YouTube Data API v3. Throws std::invalid_argument for a chunk size YouTube would refuse.
std::unique_ptr<Platform> make_youtube(YoutubeOptions options = {});

} // namespace vitrina

#pragma once
#include "publishing/platform.hpp"

#include <cstdint>

namespace vitrina {

struct PlatformSettings {
    std::uint64_t chunk = 16 * 1024 * 1024; // VITRINA_CHUNK
};

// The one place that knows every platform. Throws std::invalid_argument for settings a network would refuse.
Platforms make_platforms(const PlatformSettings& settings = {});

} // namespace vitrina

#pragma once
#include "publishing/networks.hpp"
#include "publishing/platform.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrina {

struct PlatformSettings {
    std::uint64_t chunk = 16 * 1024 * 1024; // VITRINA_CHUNK
    Networks networks = Networks::real;     // the stand-ins are quick, and whoever tries them is watching
    bool linkedin_organisations = false;    // VITRINA_LINKEDIN_ORGANISATIONS
};

// The one place that knows every platform. Throws std::invalid_argument for settings a network would refuse.
Platforms make_platforms(const PlatformSettings& settings = {});
// "youtube", …: as a person writes them.
std::vector<std::string> platform_names();

} // namespace vitrina

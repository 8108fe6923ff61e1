#pragma once
#include "media/child/container.hpp"

#include <chrono>

namespace vitrina {

struct Timing {
    std::chrono::microseconds duration{};
    double frame_rate = 0; // average; 0 without video
};

// What the container states, and where it does not (a live recording, a bare stream of frames) what its packets show.
// Reads packets, so it comes before anything that seeks.
Timing measure_timing(Container& container);

} // namespace vitrina

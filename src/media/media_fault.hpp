#pragma once
#include "core/fault.hpp"

#include <cstdint>
#include <string_view>

namespace vitrina {

// Why a file could not be read. The numbers travel from the child to its parent and make the codes: VT-MED-001….
enum class MediaTrouble : std::uint8_t {
    not_media = 1,       // VT-MED-001: nothing recognises these bytes as audio or video
    not_accepted = 2,    // VT-MED-002: a container or video codec outside the allow-list
    crashed = 3,         // VT-MED-003: the child died of it, or did what its sandbox forbids
    too_slow = 4,        // VT-MED-004: the child was still busy when its wall-clock time ended
    too_costly = 5,      // VT-MED-005: it needs more computing time, memory or pixels than allowed
    damaged = 6,         // VT-MED-006: the container is recognised but cannot be read
    no_picture = 7,      // VT-MED-007: the container is sound but none of its video frames can be decoded
    nothing_to_play = 8, // VT-MED-008: neither an audio nor a video stream in it
};

// The fault for it. `detail` names the format or codec concerned, where there is one.
Fault media_fault(MediaTrouble trouble, std::string_view detail = {});

} // namespace vitrina

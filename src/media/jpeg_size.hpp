#pragma once
#include <optional>
#include <string_view>

namespace vitrina {

struct JpegSize {
    int width = 0, height = 0;
};

// The size a JPEG declares, found by walking its segments up to the scan; nothing when it is not a whole JPEG
// (start and end markers, one frame header, a scan). The picture itself is not decoded.
std::optional<JpegSize> jpeg_size(std::string_view jpeg);

} // namespace vitrina

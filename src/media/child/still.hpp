#pragma once
#include "media/child/libav.hpp"

#include <string>

namespace vitrina {

struct Size {
    int width = 0, height = 0;
    bool operator==(const Size&) const = default;
};

// Scaled down to fit a square box, never up, never to nothing.
Size fit(Size size, int box);

// How a stream's frames are to be shown.
struct Display {
    Size size;        // upright, with square pixels
    int rotation = 0; // clockwise: 0, 90, 180, 270
};

Display display_of(const AVStream& stream);

// A small full-range YUV 4:2:0 picture (as JPEG has it) of a decoded frame: upright, square pixels, fitting the box.
// Null when the frame's pixel format cannot be converted.
av::Frame make_still(const AVFrame& frame, const Display& display, int box);

// 0 for a uniform picture up to 1; what a person would call black, white or empty stays under 0.4.
double liveliness(const AVFrame& still);

std::string encode_jpeg(const AVFrame& still);

} // namespace vitrina

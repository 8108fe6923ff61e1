#pragma once
#include "media/child/container.hpp"
#include "media/child/still.hpp"
#include "media/facts.hpp"

#include <chrono>

namespace vitrina {

struct Thumbnails {
    Picture large, small; // small is empty when large is
};

// A representative frame of the video: neither black nor empty if there is one that is not. Throws MediaRefused
// when none of its frames can be decoded.
Thumbnails choose_thumbnails(Container& container, AVStream& video, const Display& display,
                             std::chrono::microseconds duration);

// Of a sound file's cover; empty when it cannot be decoded, which is no reason to refuse the sound.
Thumbnails cover_thumbnails(Container& container, AVStream& cover);

} // namespace vitrina

#pragma once
#include "media/facts.hpp"

#include <cstdint>

namespace vitrina {

class ByteSource;

struct ExamineLimits {
    std::uint64_t max_pixels = 0;
};

using Examiner = MediaFacts (*)(ByteSource& source, const ExamineLimits& limits);

// Everything a file is asked. Throws MediaRefused.
MediaFacts examine_media(ByteSource& source, const ExamineLimits& limits);

// The role `vitrina media-child MEMORY CPU-SECONDS`: loads FFmpeg, locks itself in, serves the one job that arrives
// on descriptor 3 and ends. main() calls it before anything else when argv[1] is "media-child".
// Tests replace the examiner by one that misbehaves.
int media_child_main(int argc, char** argv, Examiner examine = examine_media);

} // namespace vitrina

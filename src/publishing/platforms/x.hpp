#pragma once
#include "publishing/platform.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace vitrina {

struct XOptions {
    // Of the smallest pieces of a video. X takes 1000 at most, and its edge refuses what its reference allows (5 MB),
    // so a piece is as large as it has to be, and no larger.
    std::uint64_t smallest_piece = 1 << 20;
    // How long X may still be at a post whose answer did not come; only then its list is believed.
    std::chrono::seconds post_settles{60};
    // How long to wait before the second look at that list; longer and longer after that.
    std::chrono::seconds look_again{30};
};

// X, by its API version 2.
std::unique_ptr<Platform> make_x(XOptions options = {});

} // namespace vitrina

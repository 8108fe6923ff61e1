#pragma once
#include "core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vitrina {

// How fast a file goes out, by what the network has confirmed; of one run, as what was sent days ago says nothing about
// now.
class TransferPace {
public:
    // So many bytes are confirmed now. Whether that is worth telling anybody: not more often than every two seconds,
    // but the end is.
    bool moved(Instant now, std::uint64_t sent, std::uint64_t total);
    // Rounded up; nothing while nothing is known.
    std::optional<std::chrono::seconds> remaining(std::uint64_t total) const;

private:
    std::optional<Instant> began_, told_;
    Instant last_{};
    std::uint64_t first_ = 0, sent_ = 0;
};

} // namespace vitrina

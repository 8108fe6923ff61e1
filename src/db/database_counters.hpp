#pragma once
#include "core/time_spent.hpp"

#include <atomic>

namespace vitrina {

// Seen by the metrics; of this process.
struct DatabaseCounters {
    TimeSpent read, scan;
    TimeSpent write;       // transactions of one statement, from their turn on
    TimeSpent transaction; // from its turn until it is durable; what was rolled back is not counted
    TimeSpent wait;        // for the turn to write
    std::atomic<bool> full = false; // the last change that was tried found no room; for engines that are elsewhere
};

} // namespace vitrina

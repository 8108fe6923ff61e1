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
    // The statement that found no room last, until it finds some; for engines that are elsewhere. Others may go well
    // meanwhile: those that change nothing, or little.
    std::atomic<const char*> without_room = nullptr;
};

} // namespace vitrina

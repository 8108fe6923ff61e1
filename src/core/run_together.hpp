#pragma once
#include "core/task.hpp"

#include <vector>

namespace vitrina {

// A task and the loop that it runs on.
struct PlacedTask {
    Executor loop;
    Task<> task;
};

// Runs all of them at once and returns, on the caller's loop, when the last has ended. Throws what the first threw that
// failed; the others are run to their end all the same. The caller must not be destroyed while it waits.
Task<> run_together(std::vector<PlacedTask> tasks);

} // namespace vitrina

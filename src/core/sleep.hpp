#pragma once
#include "core/task.hpp"

#include <chrono>

namespace vitrina {

// Resumes on the same loop after the time has passed.
Task<> sleep_for(std::chrono::steady_clock::duration duration);

} // namespace vitrina

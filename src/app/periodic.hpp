#pragma once
#include "core/task.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace vitrina {

// Does the work at once and then every `interval`, until its loop ends. What the work throws is logged, not fatal:
// the next round tries again.
Task<> periodically(std::string what, std::chrono::seconds interval, std::function<Task<>()> work);

} // namespace vitrina

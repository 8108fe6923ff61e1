#pragma once
#include "core/step.hpp"

#include <chrono>
#include <optional>

namespace vitrina {

// When the network asks to come back: Retry-After (seconds or a date), or X-RateLimit-Reset (a time stamp). At least a
// second ahead, at most a day. Nothing when it says nothing that can be understood.
std::optional<Instant> asked_to_wait_until(const HttpReply& reply, Instant now);

// Between two looks at something that takes a while: doubling from `first` to `longest`.
std::chrono::seconds growing_pause(int looks, std::chrono::seconds first, std::chrono::seconds longest);

} // namespace vitrina

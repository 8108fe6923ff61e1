#pragma once
#include "core/step.hpp"
#include "jobs/retry_policy.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace vitrina {

// How long a network may work on a video before we stop believing that it will end.
constexpr std::chrono::microseconds processing_deadline(std::uint64_t bytes)
{
    using namespace std::chrono_literals;
    const auto by_size = std::chrono::minutes(30 + std::int64_t(bytes / 100'000'000));
    return std::min<std::chrono::minutes>(by_size, 24h);
}

// How long a network, or our line to it, may be in trouble before somebody is told that nothing moves.
inline constexpr std::chrono::hours trouble_deadline{6};

// For a Wait that does not say until when. `in_a_row`: how many waits brought nothing, this one included.
std::chrono::microseconds pause_for(Wait::Kind kind, int in_a_row, double dice);

} // namespace vitrina

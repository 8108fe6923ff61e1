#pragma once
#include "core/clock.hpp"

#include <optional>
#include <string>

namespace vitrina::sandbox {

// Why a network says no. Thrown by the checks and caught in one place (front.cpp), where the network puts it into its
// own words: so that a call's twenty strict checks read as twenty lines.
struct Refusal {
    int status = 400;
    std::string reason; // the network's code for it: "invalidTitle", "invalid_grant"
    std::string words;
    std::string where; // header, query parameter or JSON path
    std::optional<Instant> reset; // of a rate limit
};

} // namespace vitrina::sandbox

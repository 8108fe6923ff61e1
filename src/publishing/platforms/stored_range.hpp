#pragma once
#include "core/step.hpp"

#include <cstdint>
#include <optional>

namespace vitrina {

// How much of an upload is there, as a 308 says it: "Range: bytes=0-41" are 42, no such field is none. Nothing when it
// makes no sense.
std::optional<std::uint64_t> stored_bytes(const HttpReply& reply);

} // namespace vitrina

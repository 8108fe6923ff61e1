#pragma once
#include "http/response.hpp"

#include <optional>
#include <string>

namespace vitrina {

// The SHA-256, in hex, of all that is in there, read a piece at a time. Nothing when it ends before its time.
Task<std::optional<std::string>> sha256_of(ContentSource& content);

} // namespace vitrina

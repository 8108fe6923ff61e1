#pragma once
#include <optional>
#include <string>

namespace vitrina {

// What a file of the operator holds: keys, a token. Nothing when it cannot be read, or is longer than any of them is
// (1 MiB). Read on the caller's thread: these are a few bytes that the system has at hand.
std::optional<std::string> read_small_file(const std::string& path);

// The same without the newline at the end.
std::optional<std::string> read_token_file(const std::string& path);

} // namespace vitrina

#pragma once
#include "http/request.hpp"

#include <chrono>
#include <optional>

namespace vitrina {

// "Prefer: wait=N" (RFC 7240): how long the client would wait for the outcome, at most `most`. Nothing when it does
// not say, or says something that is no number of seconds: a preference is never an error.
std::optional<std::chrono::seconds> preferred_wait(const Request& request,
                                                   std::chrono::seconds most = std::chrono::seconds(120));

} // namespace vitrina

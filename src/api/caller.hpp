#pragma once
#include "http/request.hpp"

#include <string>

namespace vitrina {

// Who asks, for limits and for what is kept of a decision: "token NAME", or "address 192.0.2.1" where access is open.
std::string caller_of(const Request& request);

} // namespace vitrina

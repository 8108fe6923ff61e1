#pragma once
#include "http/outbound.hpp"

#include <string>

namespace vitrina {

// Sends a request that does no harm when it is repeated, a few times when nothing comes or what comes says "later".
// Gives the last answer. Throws Unavailable, naming `whom`, when there was none.
Task<OutboundReply> ask_patiently(Outbound& outbound, OutboundRequest request, std::string whom, int attempts = 3);

} // namespace vitrina

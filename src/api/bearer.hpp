#pragma once
#include "http/request.hpp"

#include <string>

namespace vitrina {

// "Authorization: Bearer vt_…" → "vt_…"; the scheme's name compares without case (RFC 9110, 11.1). "" when there is
// none.
std::string bearer_of(const Request& request);

} // namespace vitrina

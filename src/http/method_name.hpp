#pragma once
#include "http/request.hpp"

namespace vitrina {

// "GET", as it stands in a request line.
const char* name(Method method);

} // namespace vitrina

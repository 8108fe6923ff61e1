#pragma once
#include "cli/console.hpp"

namespace vitrina {

// `vitrina doctor --platforms`: of each network what it still demands before posts become public, whether an app is
// registered, and when each account has to be connected again.
Exit examine_platforms(const Console& console);

} // namespace vitrina

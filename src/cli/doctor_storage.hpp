#pragma once
#include "cli/console.hpp"

namespace vitrina {

// `vitrina doctor --storage`: what the configured store can do, as a table.
Exit examine_storage(const Console& console);

} // namespace vitrina

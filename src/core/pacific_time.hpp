#pragma once
#include "core/clock.hpp"

namespace vitrina {

// When the next day begins in California, where Google's quotas are reset. By the system's time zone database; by the
// rules in force since 2007 where it has none.
Instant next_pacific_midnight(Instant now);

} // namespace vitrina

#pragma once
#include "core/clock.hpp"

#include <string>
#include <string_view>

namespace vitrina {

// The system's time zone database (tzdata), by the names of IANA: "Europe/Madrid".

// Whether there is a zone of that name.
bool is_time_zone(std::string_view name);

// The instant at which the clocks there show that date and time ("2026-03-29T02:30" or with seconds). When they are put
// forward and skip it: as long after the change as was meant (02:30 is 03:30). When they are put back and show it
// twice: the first time. Nothing for what is no date and time, or no zone.
std::optional<Instant> local_time(std::string_view date_and_time, std::string_view zone);

// When the next day begins there. By UTC where there is no such zone.
Instant next_midnight(Instant now, std::string_view zone);

} // namespace vitrina

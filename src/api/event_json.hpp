#pragma once
#include "events/event.hpp"

#include <string>

namespace vitrina {

// Appends the event as /v1 shows it: in a page and in a stream alike, without a line break.
void append_event_json(std::string& out, const Event& event);

} // namespace vitrina

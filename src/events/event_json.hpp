#pragma once
#include "events/event.hpp"

#include <string>

namespace vitrina {

// Appends the event as it is shown everywhere: in a page, in a stream and in the body of a webhook, without a line
// break.
void append_event_json(std::string& out, const Event& event);

} // namespace vitrina

#pragma once
#include "core/clock.hpp"
#include "db/database.hpp"

#include <string>
#include <string_view>

namespace vitrina {

struct NewEvent {
    std::string_view type; // one of events/event_types.hpp
    std::string subject;   // id of the video, publication, account or webhook
    std::string video;     // id of the video whose history it belongs to; "" for none
    std::string data = "{}"; // a JSON object: ids, status, what changed; small, and never a secret
    Instant at{};
};

// The one way to write an event: in the transaction of the change it tells of, so that either both are there or
// neither is. After the commit those who follow the events of this process hear of it at once. Throws
// std::logic_error for a type that does not exist and for data that is not small.
Task<> append_event(Transaction& transaction, NewEvent event);

} // namespace vitrina

#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

using EventId = Id<struct EventTag>;

// Something that happened, once. Those with greater positions happened later.
struct Event {
    std::int64_t position = 0; // 1, 2, 3, … without gaps
    EventId id;
    std::string type;    // "video.ready": what its subject is, and what became of it
    std::string subject; // the id of that video, publication or account
    std::optional<VideoId> video; // whose history it belongs to
    Instant at{};
    std::string data; // a JSON object
};

} // namespace vitrina

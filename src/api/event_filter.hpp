#pragma once
#include "core/result.hpp"
#include "events/event.hpp"
#include "http/request.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// Which events a caller wants.
struct EventFilter {
    std::vector<std::string> types; // none: all
    std::optional<VideoId> video;   // only its history

    bool wants(const Event& event) const;
};

// `types=video.ready,video.failed` (also repeated) and `video_id=`; 400 for what cannot be.
Result<EventFilter> event_filter(const Request& request);

} // namespace vitrina

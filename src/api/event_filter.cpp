#include "api/event_filter.hpp"

#include "core/comma_list.hpp"
#include "events/event_types.hpp"

#include <algorithm>

namespace vitrina {
namespace {

Fault wrong(std::string message)
{
    return {FaultKind::invalid, "VT-REQ-007", std::move(message)};
}

} // namespace

bool EventFilter::wants(const Event& event) const
{
    if (video && event.video != video)
        return false;
    return types.empty() || std::ranges::find(types, event.type) != types.end();
}

Result<EventFilter> event_filter(const Request& request)
{
    EventFilter filter;
    for (const std::string& list : request.query_values("types"))
        for (const std::string_view type : comma_list(list)) {
            if (!is_event_type(type))
                return wrong("types names events such as video.ready; the API's description lists them.");
            if (std::ranges::find(filter.types, type) == filter.types.end())
                filter.types.emplace_back(type);
        }
    if (const auto text = request.query_value("video_id")) {
        filter.video = VideoId::parse(*text);
        if (!filter.video)
            return wrong("video_id must be the id of a video.");
    }
    return filter;
}

} // namespace vitrina

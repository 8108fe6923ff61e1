#include "library/video_events.hpp"

#include "events/append_event.hpp"
#include "events/event_types.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace vitrina {
namespace {

namespace json = boost::json;

NewEvent video_event(std::string_view type, VideoId id, const json::object& data, Instant at)
{
    return {.type = type, .subject = id.text(), .video = id.text(), .data = json::serialize(data), .at = at};
}

double in_seconds(std::chrono::microseconds duration)
{
    return std::chrono::duration<double>(duration).count();
}

} // namespace

Task<> tell_video_uploaded(Transaction& transaction, const Video& video, Instant at)
{
    const json::object data{{"status", name(video.status)}, {"size", video.size}, {"content_type", video.content_type}};
    NewEvent event = video_event(event_type::video_uploaded, video.id, data, at);
    co_await append_event(transaction, std::move(event));
}

Task<> tell_video_ready(Transaction& transaction, VideoId id, VideoStatus status, const MediaFacts& facts, Instant at)
{
    const json::object data{{"status", name(status)},
                            {"duration", in_seconds(facts.duration)},
                            {"width", facts.width},
                            {"height", facts.height}};
    NewEvent event = video_event(event_type::video_ready, id, data, at);
    co_await append_event(transaction, std::move(event));
}

Task<> tell_video_failed(Transaction& transaction, VideoId id, const VideoReason& reason, Instant at)
{
    const json::object data{{"status", name(VideoStatus::failed)}, {"reason_code", reason.code}};
    NewEvent event = video_event(event_type::video_failed, id, data, at);
    co_await append_event(transaction, std::move(event));
}

Task<> tell_video_updated(Transaction& transaction, VideoId id, std::vector<std::string> changed, Instant at)
{
    const json::object data{{"changed", json::array(changed.begin(), changed.end())}};
    NewEvent event = video_event(event_type::video_updated, id, data, at);
    co_await append_event(transaction, std::move(event));
}

Task<> tell_video_deleted(Transaction& transaction, VideoId id, Instant at)
{
    const json::object data{{"status", name(VideoStatus::deleted)}};
    NewEvent event = video_event(event_type::video_deleted, id, data, at);
    co_await append_event(transaction, std::move(event));
}

} // namespace vitrina

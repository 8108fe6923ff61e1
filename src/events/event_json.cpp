#include "events/event_json.hpp"

namespace vitrina {

// Ids, types and times are ours and need no escaping; the data is JSON already.
void append_event_json(std::string& out, const Event& event)
{
    out += "{\"id\":\"" + event.id.text() + "\",\"sequence\":" + std::to_string(event.position);
    out += ",\"type\":\"" + event.type + "\",\"time\":\"" + rfc3339(event.at);
    out += "\",\"subject\":\"" + event.subject + "\",\"video_id\":";
    out += event.video ? '"' + event.video->text() + '"' : "null";
    out += ",\"data\":" + event.data + '}';
}

} // namespace vitrina

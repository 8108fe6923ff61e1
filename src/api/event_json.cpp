#include "api/event_json.hpp"

#include "api/json_writer.hpp"

namespace vitrina {

void append_event_json(std::string& out, const Event& event)
{
    JsonWriter json(out);
    json.begin_object()
        .member("id", event.id.text())
        .member("type", event.type)
        .member("time", rfc3339(event.at))
        .member("subject", event.subject);
    json.member("video_id");
    if (event.video)
        json.value(event.video->text());
    else
        json.null();
    json.member("data").raw(event.data).end_object();
}

} // namespace vitrina

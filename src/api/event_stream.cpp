#include "api/event_stream.hpp"

#include "events/event_json.hpp"

#include <algorithm>

namespace vitrina {
namespace {

// Milliseconds a client waits before it comes back.
constexpr const char* retry = "retry: 2000\n";

} // namespace

std::unique_ptr<EventStreamPlace> EventStreamPlace::take(EventStreamCounters& counters, std::uint64_t most)
{
    if (counters.open.fetch_add(1) < most)
        return std::unique_ptr<EventStreamPlace>(new EventStreamPlace(counters));
    --counters.open;
    ++counters.refused;
    return nullptr;
}

EventStreamPlace::~EventStreamPlace()
{
    --counters_.open;
}

EventStream::EventStream(std::unique_ptr<EventStreamPlace> place, EventLog log, std::unique_ptr<EventReader> reader,
                         EventFilter filter, EventStreamStart start, std::chrono::milliseconds heartbeat, Time end)
    : place_(std::move(place)),
      log_(log),
      reader_(std::move(reader)),
      filter_(std::move(filter)),
      start_(start),
      heartbeat_(heartbeat),
      end_(end),
      passed_(start.id),
      told_(start.id)
{
}

Task<std::string> EventStream::next()
{
    if (!std::exchange(greeted_, true))
        co_return greeting();
    const Time due = std::chrono::steady_clock::now() + heartbeat_;
    while (!reader_->stopped()) {
        const Time now = std::chrono::steady_clock::now();
        if (now >= end_)
            break;
        const EventReader::News news = co_await reader_->next(std::min(due, end_) - now);
        if (news.missed)
            co_return co_await start_over();
        std::string text;
        for (const auto& event : news.events)
            append(text, *event);
        if (!text.empty())
            co_return text;
        if (!reader_->stopped() && std::chrono::steady_clock::now() >= due)
            co_return heartbeat();
    }
    co_return std::string();
}

void EventStream::append(std::string& out, const Event& event)
{
    passed_ = event.id;
    if (!filter_.wants(event))
        return;
    told_ = event.id;
    ++place_->counters().sent;
    out += "id: " + event.id.text() + "\nevent: " + event.type + "\ndata: ";
    append_event_json(out, event);
    out += "\n\n";
}

// The id comes first, so that a client that is cut off before the first event resumes from here.
std::string EventStream::greeting()
{
    return retry + (start_.missed ? reset() : "id: " + start_.id.text() + "\n\n");
}

// A client that wants few events is told how far it has come all the same: else it would one day ask to go on from an
// event that is kept no more.
std::string EventStream::heartbeat()
{
    if (told_ == passed_)
        return ":\n\n";
    told_ = passed_;
    return ":\nid: " + told_.text() + "\n\n";
}

std::string EventStream::reset()
{
    ++place_->counters().resets;
    return "id: " + told_.text() + "\nevent: stream.reset\ndata: {}\n\n";
}

Task<std::string> EventStream::start_over()
{
    const EventLog::Extent extent = co_await log_.extent();
    reader_->move_to(extent.last);
    passed_ = told_ = extent.last_id;
    co_return reset();
}

} // namespace vitrina

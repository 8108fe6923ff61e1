#include "api/v1/events.hpp"

#include "api/error_response.hpp"
#include "api/page_cursor.hpp"
#include "events/event_json.hpp"

#include <boost/asio/this_coro.hpp>
#include <charconv>

namespace vitrina {
namespace {

// Of a log in which hardly anything is wanted, one answer looks through this much; its cursor says where to go on.
constexpr int most_looked_at = 10'000;
constexpr int looked_at_once = 500;

Fault kept_no_more()
{
    return {FaultKind::conflict,
            "VT-EVT-001",
            "What came after that event is kept no more.",
            "Read the lists anew, then go on from the newest event.",
            {},
            {}};
}

Fault too_many_streams()
{
    return {.kind = FaultKind::unavailable,
            .code = "VT-EVT-002",
            .message = "As many streams of events are open as this server allows.",
            .hint = "Try again in a moment, or ask for pages.",
            .errors = {},
            .retry_after = std::chrono::seconds(5)};
}

Fault no_event_id(std::string_view name)
{
    return {FaultKind::invalid, "VT-REQ-007", std::string(name) + " must be the id of an event."};
}

bool wants_stream(const Request& request)
{
    std::string accept(request.headers.get("Accept"));
    for (char& c : accept)
        c = char(std::tolower(static_cast<unsigned char>(c)));
    return accept.find("text/event-stream") != std::string::npos;
}

std::optional<std::int64_t> parse_position(const std::string& text)
{
    std::int64_t position = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), position);
    if (error != std::errc{} || end != text.data() + text.size() || position < 0)
        return std::nullopt;
    return position;
}

Response page_response(const std::vector<Event>& events, std::optional<std::int64_t> next)
{
    std::string text = "{\"data\":[";
    for (const Event& event : events) {
        if (text.back() == '}')
            text += ',';
        append_event_json(text, event);
    }
    text += "],\"next_cursor\":";
    if (next)
        text += '"' + cursor_text({"events", {std::to_string(*next)}}) + '"';
    else
        text += "null";
    text += '}';
    Response response(200, "application/json", std::move(text));
    response.headers.add("Vary", "Accept");
    return response;
}

} // namespace

EventsApi::EventsApi(Database& database, EventFollower& follower, EventStreamOptions options)
    : log_(database), follower_(follower), options_(options)
{
}

std::vector<Route> EventsApi::routes()
{
    return {{Method::get, "/v1/events", [this](const Request& r) { return list(r); }, Scope::read}};
}

Task<Response> EventsApi::list(const Request& request)
{
    auto filter = event_filter(request);
    if (!filter)
        co_return error_response(request, filter.error());
    if (wants_stream(request))
        co_return co_await stream(request, std::move(*filter));
    co_return co_await page(request, std::move(*filter));
}

// ---- a page

Task<Response> EventsApi::page(const Request& request, EventFilter filter)
{
    const auto limit = page_limit(request);
    if (!limit)
        co_return error_response(request, limit.error());
    const auto start = co_await position_asked_for(request);
    if (!start)
        co_return error_response(request, start.error());

    const int window = filter.types.empty() ? *limit + 1 : looked_at_once;
    std::vector<Event> found;
    std::int64_t position = *start;
    bool more = false;
    for (int looked_at = 0; !more; looked_at += window) {
        more = looked_at >= most_looked_at;
        if (more)
            break;
        std::vector<Event> events;
        if (filter.video)
            events = co_await log_.after(position, window, *filter.video);
        else
            events = co_await log_.after(position, window);
        for (Event& event : events) {
            more = found.size() == std::size_t(*limit);
            if (more)
                break;
            position = event.position;
            if (filter.wants(event))
                found.push_back(std::move(event));
        }
        if (events.size() < std::size_t(window))
            break;
    }
    // Afterwards, so that what was removed meanwhile is noticed.
    const EventLog::Extent extent = co_await log_.extent();
    const bool from_the_oldest = !request.query_value("cursor") && !request.query_value("after");
    if (!from_the_oldest && extent.first > *start + 1)
        co_return error_response(request, kept_no_more());
    co_return page_response(found, more ? std::optional(position) : std::nullopt);
}

// The position of `cursor` or `after`; 0 without them.
Task<Result<std::int64_t>> EventsApi::position_asked_for(const Request& request)
{
    const auto cursor_given = request.query_value("cursor");
    const auto after = request.query_value("after");
    if (cursor_given && after)
        co_return Fault{FaultKind::invalid, "VT-REQ-007", "Either cursor or after, not both."};
    if (cursor_given) {
        const auto cursor = parse_cursor(*cursor_given, "events", 1);
        if (!cursor)
            co_return cursor.error();
        const auto position = parse_position(cursor->keys.front());
        if (!position)
            co_return bad_cursor();
        co_return *position;
    }
    if (!after)
        co_return std::int64_t(0);
    const auto id = EventId::parse(*after);
    if (!id)
        co_return no_event_id("after");
    const auto position = co_await log_.position_of(*id);
    if (!position)
        co_return kept_no_more();
    co_return *position;
}

// ---- a stream

struct EventsApi::Beginning {
    EventStreamStart start;
    std::int64_t position = 0;
};

Task<Response> EventsApi::stream(const Request& request, EventFilter filter)
{
    // What a browser sends when it comes back counts more than what its page was made with.
    std::optional<EventId> known;
    std::optional<std::string> text(request.headers.find("Last-Event-ID"));
    if (!text || text->empty())
        text = request.query_value("last_event_id");
    if (text && !text->empty()) {
        known = EventId::parse(*text);
        if (!known)
            co_return error_response(request, no_event_id("Last-Event-ID"));
    }

    auto place = EventStreamPlace::take(counters_, options_.streams);
    if (!place || follower_.stopped())
        co_return error_response(request, too_many_streams());
    const Beginning from = co_await beginning(known);
    const Executor here = co_await boost::asio::this_coro::executor;
    auto reader = follower_.follow(here, from.position);

    const bool by_token = !request.caller.empty();
    const auto end = by_token ? std::chrono::steady_clock::now() + options_.longest_by_token : EventStream::Time::max();

    Response response(200);
    response.headers.add("Content-Type", "text/event-stream");
    response.headers.add("Cache-Control", "no-cache, no-store");
    response.headers.add("X-Accel-Buffering", "no"); // nginx passes each event on as it comes
    response.headers.add("Vary", "Accept");
    response.body = std::make_unique<EventStream>(std::move(place), log_, std::move(reader), std::move(filter),
                                                  from.start, options_.heartbeat, end);
    co_return response;
}

Task<EventsApi::Beginning> EventsApi::beginning(std::optional<EventId> known)
{
    // The position first: what is removed after it was found shows in the extent.
    std::optional<std::int64_t> position;
    if (known)
        position = co_await log_.position_of(*known);
    const EventLog::Extent extent = co_await log_.extent();
    if (position && extent.first <= *position + 1) {
        const Beginning resumed{{*known, false}, *position};
        co_return resumed;
    }
    const Beginning now{{extent.last_id, known.has_value()}, extent.last};
    co_return now;
}

} // namespace vitrina

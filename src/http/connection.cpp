#include "http/connection.hpp"

#include "core/errors.hpp"
#include "http/content_plan.hpp"
#include "http/method_name.hpp"
#include "http/request_origin.hpp"
#include "http/response_writer.hpp"
#include "http/uri.hpp"

#include <cstring>

namespace vitrina {
namespace {

// A body that no route wants is read and dropped up to this size, so that the connection can be kept.
constexpr std::uint64_t most_unwanted = 64 * 1024;
// A new connection may take this long to send its first request while the server drains.
constexpr std::chrono::milliseconds late_request{1'000};
// The answer's status in the log when nobody was left to take it.
constexpr int client_gone = 499;

FaultKind kind_of(int status)
{
    switch (status) {
    case 404:
    case 405: return FaultKind::missing;
    case 412: return FaultKind::precondition_failed;
    case 413:
    case 414:
    case 431: return FaultKind::too_large;
    case 503: return FaultKind::unavailable;
    default: return FaultKind::invalid;
    }
}

class InFlight {
public:
    explicit InFlight(Lane::Counters& counters) : counters_(counters)
    {
        Lane::count(counters_.requests, 1);
        Lane::count(counters_.in_flight, 1);
    }
    ~InFlight() { Lane::count(counters_.in_flight, -1); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;

private:
    Lane::Counters& counters_;
};

// Empty lines before a request are forgiven (RFC 9112, 2.2). False: only the first half of one is there.
bool skip_empty_lines(std::string_view& bytes)
{
    while (bytes.starts_with("\r\n"))
        bytes.remove_prefix(2);
    return bytes != "\r";
}

} // namespace

Connection::Connection(std::shared_ptr<Lane> lane, ClientSocket socket, std::string peer, bool overloaded)
    : lane_(std::move(lane)),
      line_(std::move(socket), lane_->now),
      peer_(std::move(peer)),
      peer_is_proxy_(lane_->server().options.proxies.trusts(peer_)),
      overloaded_(overloaded)
{
    lane_->add(line_);
}

Connection::~Connection()
{
    lane_->server().one_gone();
}

Task<> Connection::run()
{
    if (line_.encrypted()) {
        const bool agreed = co_await shake_hands();
        if (!agreed)
            co_return;
    }
    while (keep_ && line_.usable()) {
        const Arrival arrival = co_await next_head();
        if (arrival == Arrival::nothing)
            break;
        co_await exchange(arrival);
        served_ = true;
    }
    if (line_.can_send())
        co_await linger();
}

Task<bool> Connection::shake_hands()
{
    const auto deadline = line_.now() + lane_->limits().header_time;
    while (true) {
        const ClientSocket::Moved moved = line_.socket().handshake();
        if (moved.outcome == ClientSocket::Outcome::done)
            co_return true;
        if (moved.outcome == ClientSocket::Outcome::closed)
            break;
        const bool ready = co_await line_.wait_until(moved.outcome, deadline);
        if (!ready)
            break;
    }
    line_.cut_off();
    co_return false;
}

// Afterwards the head is in lane_->head_bytes (until the next co_await), what follows it in line_.unread.
Task<Connection::Arrival> Connection::next_head()
{
    std::size_t looked_at = 0;
    auto deadline = ClientLine::Time::max();
    if (!line_.unread.empty()) {
        const Arrival arrival = look_for_head(line_.unread, looked_at);
        if (arrival != Arrival::nothing)
            co_return arrival;
    }
    while (true) {
        if (!line_.unread.empty() && deadline == ClientLine::Time::max())
            deadline = line_.now() + lane_->limits().header_time;
        const bool idling = line_.unread.empty();
        if (idling && !begin_idling())
            break;
        bool ready = line_.socket().holds_input();
        if (!ready)
            ready = co_await line_.wait_until(ClientSocket::Outcome::wait_readable, idling ? idle_until() : deadline);
        if (idling)
            end_idling();
        // Interrupted by a drain: a request may be on its way in nevertheless.
        if (!ready && !(lane_->draining() && line_.usable()))
            break;
        const auto bytes = receive_head_bytes();
        const Arrival arrival = bytes.empty() ? Arrival::nothing : look_for_head(bytes, looked_at);
        if (arrival != Arrival::nothing)
            co_return arrival;
        if (!line_.usable())
            break;
    }
    if (line_.state() != ClientLine::State::timed_out || line_.unread.empty())
        co_return Arrival::nothing; // a client that never began a request needs no answer
    line_.reopen();
    refusal_ = {408, "The request took too long to arrive."};
    co_return Arrival::refused;
}

// Between two requests. False: there is to be no other.
bool Connection::begin_idling()
{
    line_.unread.shrink_to_fit();
    if (lane_->draining() && served_)
        return false;
    line_.idle = true;
    Lane::count(lane_->counters.idle, 1);
    return true;
}

void Connection::end_idling()
{
    line_.idle = false;
    Lane::count(lane_->counters.idle, -1);
}

ClientLine::Time Connection::idle_until() const
{
    return line_.now() + (lane_->draining() ? late_request : lane_->limits().keep_alive);
}

// What there is, after what there was; in the lane's memory or in line_.unread.
std::string_view Connection::receive_head_bytes()
{
    std::vector<char>& room = lane_->head_bytes;
    const std::size_t got = line_.receive(room);
    if (line_.unread.empty())
        return {room.data(), got};
    line_.unread.append(room.data(), got);
    return line_.unread;
}

Connection::Arrival Connection::look_for_head(std::string_view bytes, std::size_t& looked_at)
{
    const bool begun = skip_empty_lines(bytes);
    const auto found =
        begun ? find_head_end(bytes, looked_at, lane_->limits()) : std::variant<HeadUnfinished, HeadEnd, HeadRefusal>{};
    if (const auto* end = std::get_if<HeadEnd>(&found)) {
        std::vector<char>& room = lane_->head_bytes;
        std::string rest(bytes.substr(end->size));
        std::memmove(room.data(), bytes.data(), end->size);
        head_size_ = end->size;
        line_.unread = std::move(rest);
        return Arrival::request;
    }
    if (const auto* refusal = std::get_if<HeadRefusal>(&found)) {
        refusal_ = *refusal;
        line_.unread.clear();
        return Arrival::refused;
    }
    if (bytes.data() != line_.unread.data() || bytes.size() != line_.unread.size())
        line_.unread = std::string(bytes);
    return Arrival::nothing;
}

// One request and its answer.
Task<> Connection::exchange(Arrival arrival)
{
    const bool told = bool(lane_->hooks().answered);
    const auto started = told ? std::chrono::steady_clock::now() : std::chrono::steady_clock::time_point{};
    std::optional<InFlight> in_flight(std::in_place, lane_->counters);

    Request request;
    Router::Match match;
    BodyReader body(line_, lane_->buffers, lane_->limits());
    std::optional<Response> answer;
    if (arrival == Arrival::request) {
        answer = begin(request, match);
        body.begin(lane_->head);
    } else {
        lane_->head = RequestHead{};
        fill(request);
        answer = refuse(request, refusal_.status, refusal_.reason);
        keep_ = false;
        lingering_ = true;
    }
    if (!answer)
        answer = co_await handle(request, *match.route, body);

    if (answer->abort)
        line_.cut_off();
    // Who only listens takes no place from those who want something done, and how long they listen is no measure of how
    // fast anybody was.
    const auto answered = told ? std::chrono::steady_clock::now() : started;
    const bool is_live = answer->is_live();
    if (is_live)
        in_flight.reset();

    Exchange record{.request = &request, .status = client_gone, .bytes_in = body.received()};
    if (match.route)
        record.pattern = match.route->pattern;
    if (line_.can_send()) {
        if (keep_ && !body.drain_quickly()) {
            keep_ = false;
            lingering_ = true;
        }
        keep_ = keep_ && !lane_->draining() && line_.usable();
        ResponseWriter writer(line_, *lane_);
        if (!start_sending(request, *answer, writer))
            co_await finish_sending(request, *answer, writer);
        record.bytes_out = writer.sent();
        if (line_.can_send())
            record.status = answer->status;
    }
    if (!told)
        co_return;
    const auto ended = is_live ? answered : std::chrono::steady_clock::now();
    record.duration = std::chrono::duration_cast<std::chrono::microseconds>(ended - started);
    lane_->hooks().answered(record);
}

// Reads the head and finds the route; an answer when there is nothing to handle.
std::optional<Response> Connection::begin(Request& request, Router::Match& match)
{
    RequestHead& head = lane_->head;
    const auto refused = parse_head({lane_->head_bytes.data(), head_size_}, head, lane_->limits());
    minor_version_ = head.minor_version;
    keep_ = head.keep_alive;
    if (refused) {
        head = RequestHead{.method = head.method, .target = head.target}; // nothing else of it can be trusted
        fill(request);
        keep_ = false;
        lingering_ = true;
        return refuse(request, refused->status, refused->reason);
    }
    fill(request);

    const auto method = method_named(head.method);
    if (!method)
        return refuse(request, 501, "This server does not know that method.");
    request.method = *method;
    auto target = parse_target(head.target);
    if (!target)
        return refuse(request, 400, "The address of the request is malformed.");
    request.path = std::move(target->path);
    request.query = target->query;

    match = lane_->server().router.find(request.method, request.path);
    const bool is_probe = match.route && match.route->scope == Scope::anyone; // one that is answered from memory
    const auto most = std::max<std::size_t>(1, lane_->limits().requests / lane_->server().lanes);
    if (!is_probe && (overloaded_ || lane_->counters.in_flight.load(std::memory_order_relaxed) > most)) {
        Response busy = refuse(request, 503, "The server has more to do than it can take on. Try again in a moment.");
        busy.headers.set("Retry-After", "1");
        keep_ = keep_ && !overloaded_;
        return busy;
    }
    keep_ = keep_ && !overloaded_;
    if (!match.route)
        return refuse_route(request, match);
    request.parameters = std::move(match.parameters);
    if (match.route->body == Body::none && head.content_length.value_or(0) > most_unwanted)
        return refuse(request, 413, "This request takes no body.");
    return std::nullopt;
}

std::optional<Response> Connection::refuse_route(Request& request, const Router::Match& match)
{
    if (request.method == Method::options && (!match.allow.empty() || request.path == "*")) {
        Response response(204);
        response.headers.set("Allow",
                             match.allow.empty() ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : match.allow);
        return response;
    }
    if (match.allow.empty())
        return refuse(request, 404, "There is nothing at this address.");
    Response response = refuse(request, 405, "This address does not take that method.");
    response.headers.set("Allow", match.allow);
    return response;
}

Task<Response> Connection::handle(Request& request, const Route& route, BodyReader& body)
{
    try {
        if (lane_->hooks().admit) {
            std::optional<Response> answer = co_await lane_->hooks().admit(request, route);
            if (answer)
                co_return std::move(*answer);
        }
        if (route.body == Body::buffered) {
            body.allow(route.max_body > 0 ? route.max_body : lane_->limits().buffered_body);
            request.body = co_await body.read_all();
        } else if (route.body == Body::streamed) {
            request.stream = &body;
        }
        Response response = co_await route.handler(request);
        co_return response;
    } catch (const RequestTooLarge&) {
        co_return refuse(request, 413, "The body of the request is larger than allowed.");
    } catch (const MalformedBody&) {
        keep_ = false;
        lingering_ = true;
        co_return refuse(request, 400, "The body of the request is malformed: its chunks cannot be read.");
    } catch (const Disconnected&) {
        if (!line_.usable())
            co_return broken_body(request);
        co_return failed(request, std::current_exception()); // another connection, of the handler's own
    } catch (...) {
        co_return failed(request, std::current_exception());
    }
}

// The line broke while the body was read: told to the client where it may still be listening.
Response Connection::broken_body(const Request& request)
{
    keep_ = false;
    if (line_.state() == ClientLine::State::ended)
        return refuse(request, 400, "The body of the request is shorter than announced.");
    if (line_.state() != ClientLine::State::timed_out)
        return Response(client_gone);
    line_.reopen();
    lingering_ = true;
    return refuse(request, 408, "The body of the request came too slowly.");
}

// What is known from the head; the rest is added as it is understood.
void Connection::fill(Request& request)
{
    take_over_head(request, lane_->head, {peer_, peer_is_proxy_, line_.encrypted()}, lane_->server().options);
    if (request.id.empty())
        request.id = lane_->make_request_id();
}

Response Connection::refuse(const Request& request, int status, std::string_view message)
{
    const Fault fault{
        .kind = kind_of(status), .code = "VT-HTTP-" + std::to_string(status), .message = std::string(message)};
    if (lane_->hooks().refuse)
        return lane_->hooks().refuse(request, status, fault);
    return Response(status, "text/plain; charset=utf-8", fault.message + "\n");
}

Response Connection::failed(const Request& request, std::exception_ptr thrown)
{
    if (lane_->hooks().failed)
        return lane_->hooks().failed(request, thrown);
    return refuse(request, 500, "Something went wrong here.");
}

// For an answer from stored bytes: what is to be sent of them. An answer that turns out to be an error is replaced.
std::optional<ContentPlan> Connection::plan(const Request& request, Response& response)
{
    const auto* content = std::get_if<Content>(&response.body);
    if (!content || response.status != 200)
        return std::nullopt;
    ContentPlan plan = plan_content(request, *content, lane_->make_request_id() + lane_->make_request_id());
    if (plan.status == 412)
        response = refuse(request, 412, "It was changed since you looked.");
    else if (plan.status == 416)
        response = refuse(request, 416, "The range asked for lies past the end.");
    response.status = plan.status;
    for (const Header& field : plan.headers)
        response.headers.set(field.name, field.value);
    return plan;
}

// True when all of it was sent.
bool Connection::start_sending(const Request& request, Response& response, ResponseWriter& writer)
{
    auto content = plan(request, response);
    if (lane_->hooks().finish)
        lane_->hooks().finish(request, response);
    if (response.is_live())
        keep_ = false; // its socket was made for listening

    ResponseFrame frame{.minor_version = minor_version_};
    if (!has_body(response.status))
        frame.length = std::nullopt;
    else if (std::holds_alternative<Content>(response.body))
        frame.length = content ? content->length : 0;
    else if (const auto* text = std::get_if<std::string>(&response.body))
        frame.length = text->size();
    else if (const auto* shared = std::get_if<SharedBody>(&response.body))
        frame.length = *shared ? (*shared)->size() : 0;
    else if (minor_version_ == 0)
        keep_ = false; // its end is the connection's end
    else
        frame.chunked = true;
    frame.keep_alive = keep_;

    writer.begin(response, content ? std::move(*content) : ContentPlan{}, frame, request.method == Method::head);
    return writer.start();
}

Task<> Connection::finish_sending(const Request& request, Response& response, ResponseWriter& writer)
{
    co_await writer.finish();
    if (!writer.failure())
        co_return;
    Response error = failed(request, writer.failure());
    if (!writer.untouched())
        co_return;
    response = std::move(error);
    ResponseWriter second(line_, *lane_);
    const bool sent = start_sending(request, response, second);
    if (!sent)
        co_await second.finish();
}

// Closing with unread bytes in the socket resets the connection, and the client may lose the answer it was sent.
Task<> Connection::linger()
{
    line_.socket().finish_sending();
    if (!lingering_)
        co_return;
    const auto deadline = line_.now() + lane_->limits().linger;
    while (true) {
        const bool ready = co_await line_.wait_until(ClientSocket::Outcome::wait_readable, deadline);
        if (!ready)
            break;
        line_.receive(
            lane_->head_bytes); // once: a client that sends as fast as we read must not have the loop to itself
        if (!line_.usable())
            break;
    }
}

} // namespace vitrina

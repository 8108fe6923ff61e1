#include "simulation/sandbox_wire.hpp"

#include <stdexcept>

namespace vitrina::simulation {

using fake::Mishap;

namespace {

Task<std::string> whole_body(OutboundBody body)
{
    std::string text = std::move(body.before);
    const std::size_t begin = text.size();
    text.resize(begin + body.length);
    for (std::size_t at = 0; at < body.length;) {
        const auto room = std::as_writable_bytes(std::span(text)).subspan(begin + at, body.length - at);
        const std::size_t got = co_await body.source->read(body.offset + at, room);
        if (got == 0)
            throw fake::Strictness("the source ends early");
        at += got;
    }
    co_return text + body.after;
}

} // namespace

Task<Wire::Outcome> SandboxWire::carry(Parcel parcel)
{
    const Send send = parcel.send;
    ++exchanges;
    const Mishap mishap = plan ? plan(exchanges, send) : Mishap::none;
    WireLoss unknown{Loss::unknown, "cut"};
    WireLoss not_sent{Loss::not_sent, "no connection"};
    HttpReply failed{500, {}, "oops"};
    switch (mishap) {
    case Mishap::kill_before: throw fake::Killed{};
    case Mishap::not_sent: co_return not_sent;
    case Mishap::drop_before: co_return unknown;
    case Mishap::refused_500: co_return failed;
    default: break;
    }
    OutboundRequest request = outbound_request(std::move(parcel));
    std::string body = co_await whole_body(request.body);
    const std::size_t arrives = mishap == Mishap::cut ? body.size() / 2 : std::string::npos;
    commits += send.purpose == Send::Purpose::commit;
    Outcome outcome = ask(std::move(request), std::move(body), arrives);
    if (mishap == Mishap::drop_after || mishap == Mishap::cut)
        co_return unknown;
    if (mishap == Mishap::kill_after)
        throw fake::Killed{};
    if (auto instead = answered_instead(mishap))
        co_return std::move(*instead);
    co_return outcome;
}

Wire::Outcome SandboxWire::ask(OutboundRequest request, std::string body, std::size_t arrives)
{
    constexpr std::string_view scheme = "https://";
    if (!request.url.starts_with(scheme))
        throw fake::Strictness("no https address");
    const std::size_t end = std::min(request.url.find('/', scheme.size()), request.url.size());
    sandbox::Ask ask;
    ask.method = request.method;
    ask.host = request.url.substr(scheme.size(), end - scheme.size());
    ask.target = end == request.url.size() ? "/" : request.url.substr(end);
    ask.headers = std::move(request.headers);
    ask.body = std::move(body);
    ask.breaks_at = arrives;
    sandbox::Answer answer;
    try {
        answer = networks_.send(ask);
    } catch (const Disconnected&) { // what came before the cable was pulled is kept, as the network would
        return WireLoss{Loss::unknown, "cut"};
    }
    if (answer.status == 0)
        return WireLoss{Loss::unknown, "the connection was closed"};
    HttpReply reply{answer.status, {}, std::move(answer.body)};
    for (const Header& header : answer.headers)
        reply.headers.emplace_back(header.name, header.value);
    return reply;
}

} // namespace vitrina::simulation

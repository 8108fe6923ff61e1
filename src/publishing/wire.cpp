#include "publishing/wire.hpp"

#include "publishing/platforms/post_text.hpp"

namespace vitrina {
namespace {

Method method_of(const std::string& name)
{
    if (name == "GET")
        return Method::get;
    if (name == "POST")
        return Method::post;
    if (name == "PUT")
        return Method::put;
    if (name == "DELETE")
        return Method::del;
    if (name == "PATCH")
        return Method::patch;
    if (name == "HEAD")
        return Method::head;
    throw std::logic_error("no platform sends " + name);
}

void authorise(OutboundRequest& request, Send::Credentials credentials, const Secret& token)
{
    switch (credentials) {
    case Send::Credentials::bearer: request.headers.add("Authorization", "Bearer " + token.reveal()); return;
    case Send::Credentials::oauth: request.headers.add("Authorization", "OAuth " + token.reveal()); return;
    case Send::Credentials::query:
        request.url += request.url.find('?') == std::string::npos ? '?' : '&';
        request.url += "access_token=" + url_escape(token.reveal());
        return;
    case Send::Credentials::none: return;
    }
}

} // namespace

OutboundRequest outbound_request(Wire::Parcel parcel)
{
    Send& send = parcel.send;
    OutboundRequest request;
    request.method = method_of(send.method);
    request.url = std::move(send.url);
    for (auto& [name, value] : send.headers)
        request.headers.add(std::move(name), std::move(value));
    authorise(request, send.credentials, parcel.token);
    request.body.before = std::move(send.before);
    request.body.after = std::move(send.after);
    if (send.slice) {
        request.body.source = parcel.file;
        request.body.offset = send.slice->offset;
        request.body.length = send.slice->length;
    }
    request.answer_within = send.answer_within;
    request.progress = std::move(parcel.progress);
    return request;
}

Task<Wire::Outcome> OutboundWire::carry(Parcel parcel)
{
    OutboundResult result = co_await outbound_.send(outbound_request(std::move(parcel)));
    if (auto* failure = std::get_if<OutboundFailure>(&result)) {
        const bool sent = failure->sent != OutboundFailure::Sent::no;
        WireLoss loss{sent ? Loss::unknown : Loss::not_sent, std::move(failure->reason)};
        co_return loss;
    }
    auto& answer = std::get<OutboundReply>(result);
    HttpReply reply{answer.status, {}, std::move(answer.body)};
    for (const Header& header : answer.headers)
        reply.headers.emplace_back(header.name, header.value);
    co_return reply;
}

} // namespace vitrina

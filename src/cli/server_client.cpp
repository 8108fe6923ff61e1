#include "cli/server_client.hpp"

#include "core/random.hpp"

#include <boost/json.hpp>

namespace vitrina {
namespace {

namespace json = boost::json;

// The server's own sentence, from either surface's error body.
std::string sentence_of(const json::value& body, int status)
{
    if (const auto* object = body.if_object()) {
        std::string sentence;
        for (const char* member : {"detail", "error", "title"})
            if (const auto* text = object->if_contains(member); text && text->is_string() && sentence.empty())
                sentence = text->get_string().c_str();
        if (const auto* hint = object->if_contains("hint"); hint && hint->is_string() && !hint->get_string().empty())
            sentence += std::string(" ") + hint->get_string().c_str();
        if (!sentence.empty())
            return sentence;
    }
    return say("The server answered with status ", "El servidor respondió con el estado ") + std::to_string(status) +
           ".";
}

json::value parsed(const std::string& text)
{
    boost::system::error_code bad;
    json::value value = json::parse(text, bad);
    return bad ? json::value(nullptr) : value;
}

OutboundOptions options_from(const Settings& settings)
{
    OutboundOptions options;
    options.ca_file = settings.text("VITRINA_CA_FILE");
    return options;
}

} // namespace

ServerClient::ServerClient(const Settings& settings)
    : base_(settings.text("VITRINA_SERVER")), token_(settings.text("VITRINA_TOKEN")), outbound_(options_from(settings))
{
    while (base_.ends_with('/'))
        base_.pop_back();
}

json::value ServerClient::send(OutboundRequest request, const std::string& path)
{
    request.url = base_ + path;
    request.reach = Reach::operator_named;
    request.largest_answer = 16 * 1024 * 1024;
    if (!token_.empty())
        request.headers.add("Authorization", "Bearer " + token_);
    const OutboundResult result = outbound_.fetch(std::move(request));
    if (const auto* failure = std::get_if<OutboundFailure>(&result))
        throw CommandFailed(Exit::unreachable, say("No answer from ", "Sin respuesta de ") + base_ + ": " +
                                                   failure->reason +
                                                   say("\nIs it running? Start it with: vitrina serve",
                                                       "\n¿Está en marcha? Se inicia con: vitrina serve"));
    const auto& reply = std::get<OutboundReply>(result);
    json::value body = parsed(reply.body);
    if (reply.status >= 400)
        throw CommandFailed(Exit::refused, sentence_of(body, reply.status));
    return body;
}

json::value ServerClient::get(const std::string& path)
{
    return send({}, path);
}

json::value ServerClient::post(const std::string& path, const json::value& body)
{
    OutboundRequest request;
    request.method = Method::post;
    request.headers.add("Content-Type", "application/json");
    // The same key on a repeated send makes it one effect.
    request.headers.add("Idempotency-Key", random_hex(16));
    request.body.before = json::serialize(body);
    return send(std::move(request), path);
}

json::value ServerClient::patch(const std::string& path, const json::value& body)
{
    OutboundRequest request;
    request.method = Method::patch;
    request.headers.add("Content-Type", "application/json");
    request.body.before = json::serialize(body);
    return send(std::move(request), path);
}

void ServerClient::remove(const std::string& path)
{
    OutboundRequest request;
    request.method = Method::del;
    send(std::move(request), path);
}

std::string in_query(std::string_view text)
{
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
            c == '.') {
            out += c;
        } else {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    return out;
}

} // namespace vitrina

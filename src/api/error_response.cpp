#include "api/error_response.hpp"

#include "api/json_writer.hpp"
#include "core/errors.hpp"
#include "db/database.hpp"

#include <utility>

namespace vitrina {

namespace {

struct Words {
    int status;
    std::string_view title;
    std::string_view message; // where nobody had a better one
};

constexpr Words words_of_statuses[] = {
    {400, "Bad Request", "The request is not one the server can understand."},
    {401, "Unauthorized", "This needs a token: send it as \"Authorization: Bearer vt_…\"."},
    {403, "Forbidden", "The token does not allow this."},
    {404, "Not Found", "There is nothing at this address."},
    {405, "Method Not Allowed", "This address does not answer that method; the Allow header lists those it does."},
    {406, "Not Acceptable", "The answer does not exist in a form the client accepts."},
    {408, "Request Timeout", "The request took too long to arrive."},
    {409, "Conflict", "This cannot be done in the present state."},
    {411, "Length Required", "The request must say how long its body is."},
    {412, "Precondition Failed", "It changed since you last saw it: fetch it again and retry."},
    {413, "Content Too Large", "The body is larger than this server accepts."},
    {414, "URI Too Long", "The address is too long."},
    {415, "Unsupported Media Type", "The body is of a type that is not accepted here."},
    {416, "Range Not Satisfiable", "The range lies outside the file."},
    {417, "Expectation Failed", "The only expectation understood is 100-continue."},
    {422, "Unprocessable Content", "The request is well formed but cannot be carried out."},
    {428, "Precondition Required", "Send If-Match with the ETag you last saw."},
    {429, "Too Many Requests", "Too many requests: wait and retry."},
    {431, "Request Header Fields Too Large", "The request's headers are too large."},
    {500, "Internal Server Error", "The server made a mistake; it was logged with this request's id."},
    {501, "Not Implemented", "The server does not know this method or encoding."},
    {503, "Service Unavailable", "The server cannot do this just now: retry in a moment."},
    {505, "HTTP Version Not Supported", "The server speaks HTTP/1.1."},
    {507, "Insufficient Storage", "There is no room left to store this."},
};

const Words& words_of(int status)
{
    for (const Words& words : words_of_statuses) {
        if (words.status == status)
            return words;
    }
    return status < 500 ? words_of(400) : words_of(500);
}

bool speaks_contract(std::string_view path)
{
    return path.starts_with("/api/") || path == "/api" || path == "/health";
}

std::string contract_body(std::string_view message)
{
    std::string body;
    JsonWriter(body).begin_object().member("error", message).end_object();
    return body;
}

std::string problem_body(const Request& request, int status, const Fault& fault, std::string_view message)
{
    const std::string code = fault.code.empty() ? "VT-HTTP-" + std::to_string(status) : fault.code;
    std::string body;
    JsonWriter json(body);
    json.begin_object()
        .member("type", "urn:vitrina:error:" + code)
        .member("title", words_of(status).title)
        .member("status", status)
        .member("detail", message)
        .member("code", code);
    if (!fault.hint.empty())
        json.member("hint", fault.hint);
    json.member("instance", request.path).member("request_id", request.id);
    if (!fault.errors.empty()) {
        json.member("errors").begin_array();
        for (const FieldError& error : fault.errors)
            json.begin_object().member("pointer", error.pointer).member("detail", error.detail).end_object();
        json.end_array();
    }
    json.end_object();
    return body;
}

// One sentence has to say it all on /api: a single mistake in a member is that sentence.
std::string_view contract_message(const Fault& fault, std::string_view message)
{
    return fault.errors.size() == 1 && fault.message.empty() ? std::string_view(fault.errors.front().detail) : message;
}

Fault not_just_now(std::string code)
{
    return {.kind = FaultKind::unavailable, .code = std::move(code), .retry_after = std::chrono::seconds(2)};
}

} // namespace

int status_of(FaultKind kind)
{
    switch (kind) {
    case FaultKind::invalid: return 400;
    case FaultKind::unauthenticated: return 401;
    case FaultKind::forbidden: return 403;
    case FaultKind::missing: return 404;
    case FaultKind::conflict: return 409;
    case FaultKind::precondition_failed: return 412;
    case FaultKind::too_large: return 413;
    case FaultKind::unsupported_media: return 415;
    case FaultKind::unprocessable: return 422;
    case FaultKind::rate_limited: return 429;
    case FaultKind::unavailable: return 503;
    case FaultKind::storage_full: return 507;
    }
    return 500;
}

Response error_response(const Request& request, const Fault& fault)
{
    return error_response(request, status_of(fault.kind), fault);
}

Response error_response(const Request& request, int status, const Fault& fault)
{
    const std::string_view message = fault.message.empty() ? words_of(status).message : std::string_view(fault.message);
    Response response =
        speaks_contract(request.path.empty() ? std::string_view(request.target) : std::string_view(request.path))
            ? Response(status, "application/json", contract_body(contract_message(fault, message)))
            : Response(status, "application/problem+json", problem_body(request, status, fault, message));
    response.headers.add("Cache-Control", "no-store");
    if (status == 401)
        response.headers.add("WWW-Authenticate", "Bearer realm=\"vitrina\"");
    if (fault.retry_after)
        response.headers.add("Retry-After", std::to_string(fault.retry_after->count()));
    return response;
}

Response exception_response(const Request& request, std::exception_ptr thrown)
{
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const StorageFull&) {
        const Fault full{FaultKind::storage_full,
                         "VT-STO-001",
                         "There is no room left to store this.",
                         "Free space where the server keeps its files and entries, or delete videos.",
                         {},
                         std::chrono::seconds(60)};
        return error_response(request, full);
    } catch (const WritesRefused&) {
        const Fault moving{.kind = FaultKind::unavailable,
                           .code = "VT-SRV-004",
                           .message = "The library is being moved to another place: nothing can be changed until then.",
                           .hint = "Watching goes on. Retry what was refused in a moment.",
                           .retry_after = std::chrono::seconds(10)};
        return error_response(request, moving);
    } catch (const Unavailable&) {
        return error_response(request, not_just_now("VT-SRV-002"));
    } catch (const ScanTimeout&) {
        return error_response(request, not_just_now("VT-SRV-003"));
    } catch (const RequestTooLarge&) {
        return error_response(request, 413, {});
    } catch (const MalformedBody&) {
        return error_response(request, 400, {});
    } catch (...) {
        return error_response(request, 500, Fault{.code = "VT-SRV-001"});
    }
}

} // namespace vitrina

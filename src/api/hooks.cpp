#include "api/hooks.hpp"

#include "api/caller.hpp"
#include "api/error_response.hpp"
#include "core/log.hpp"
#include "http/method_name.hpp"

#include <exception>

namespace vitrina {

namespace {

bool is_limited(const Request& request)
{
    // A player asks for hundreds of ranges of /files; probes and the page have to answer always.
    return request.path.starts_with("/v1/") || request.path.starts_with("/api/");
}

void add_limit(const RateLimiter& limiter, const RateLimiter::State& state, Headers& headers)
{
    const std::string limit = std::to_string(limiter.per_minute());
    headers.set("RateLimit-Policy", "\"minute\";q=" + limit + ";w=60");
    headers.set("RateLimit",
                "\"minute\";r=" + std::to_string(state.remaining) + ";t=" + std::to_string(state.until_next.count()));
}

Response too_many(const Request& request, const RateLimiter::State& state)
{
    const Fault fault{.kind = FaultKind::rate_limited,
                      .code = "VT-RAT-001",
                      .message =
                          "Too many requests: wait " + std::to_string(state.until_next.count()) + " s and retry.",
                      .retry_after = state.until_next};
    return error_response(request, fault);
}

Task<std::optional<Response>> admit(AccessControl& access, RateLimiter& limiter, Request& request, const Route& route)
{
    std::optional<Response> refused = co_await access.admit(request, route);
    // Whoever guesses at tokens is counted by address like everybody else.
    if (!limiter.is_on() || !is_limited(request))
        co_return refused;
    const RateLimiter::State state = limiter.take(caller_of(request), std::chrono::steady_clock::now());
    if (!state.allowed)
        co_return too_many(request, state);
    co_return refused;
}

// The story of a failure goes to the log, under the id that the client was given.
void log_failure(const Request& request, std::exception_ptr thrown)
{
    try {
        std::rethrow_exception(std::move(thrown));
    } catch (const std::exception& error) {
        log(LogLevel::error, "request failed",
            {{"request_id", request.id}, {"path", request.path}, {"error", error.what()}});
    } catch (...) {
        log(LogLevel::error, "request failed", {{"request_id", request.id}, {"path", request.path}});
    }
}

void finish(const Cors& cors, RateLimiter& limiter, const Request& request, Response& response)
{
    cors.apply(request, response);
    if (limiter.is_on() && is_limited(request))
        add_limit(limiter, limiter.look(caller_of(request), std::chrono::steady_clock::now()), response.headers);
    response.headers.set("X-Content-Type-Options", "nosniff");
    response.headers.set("X-Request-Id", request.id);
    if (!response.headers.find("Referrer-Policy"))
        response.headers.add("Referrer-Policy", "no-referrer"); // a signed media URL must not travel on
}

void log_access(const Exchange& exchange)
{
    const Request& request = *exchange.request;
    const bool is_routine = exchange.status < 500 && (exchange.pattern == "/livez" || exchange.pattern == "/readyz" ||
                                                      exchange.pattern == "/health" || exchange.pattern == "/metrics");
    // The path without its query: a signature in it would open the video to whoever reads the log.
    log(is_routine ? LogLevel::debug : LogLevel::info, "request",
        {{"request_id", request.id},
         {"method", name(request.method)},
         {"path", request.path},
         {"status", exchange.status},
         {"bytes_in", exchange.bytes_in},
         {"bytes_out", exchange.bytes_out},
         {"micros", exchange.duration.count()},
         {"address", request.remote_address},
         {"caller", request.caller}});
}

} // namespace

Hooks make_hooks(AccessControl& access, RateLimiter& limiter, const Cors& cors, Metrics& metrics)
{
    Hooks hooks;
    hooks.admit = [&](Request& request, const Route& route) { return admit(access, limiter, request, route); };
    hooks.refuse = [](const Request& request, int status, const Fault& fault) {
        return error_response(request, status, fault);
    };
    hooks.failed = [](const Request& request, std::exception_ptr thrown) {
        Response response = exception_response(request, thrown);
        if (response.status >= 500)
            log_failure(request, thrown);
        return response;
    };
    hooks.finish = [&](const Request& request, Response& response) { finish(cors, limiter, request, response); };
    hooks.answered = [&](const Exchange& exchange) {
        metrics.count(exchange);
        log_access(exchange);
    };
    return hooks;
}

} // namespace vitrina

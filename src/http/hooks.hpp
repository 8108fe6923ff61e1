#pragma once
#include "core/fault.hpp"
#include "http/route.hpp"

#include <chrono>
#include <optional>

namespace vitrina {

// What the server tells about every answered request, for the access log and the metrics.
struct Exchange {
    const Request* request = nullptr;
    std::string_view pattern; // of the route; "" when none matched
    int status = 0;
    std::uint64_t bytes_in = 0, bytes_out = 0; // bodies
    std::chrono::microseconds duration{};
};

// What the application adds to every request. The server knows nothing of tokens, error bodies or CORS.
struct Hooks {
    // Before the handler (and before a body is read): nothing lets it pass, a Response answers instead.
    std::function<Task<std::optional<Response>>(Request&, const Route&)> admit;
    // The body of an error answer: from the server itself (404, 405, 408, 413, 431, …), from a route that threw.
    // `status` is the one to send.
    std::function<Response(const Request&, int status, const Fault&)> refuse;
    // What a thrown exception means; called inside the catch block's lifetime.
    std::function<Response(const Request&, std::exception_ptr)> failed;
    // Headers that belong on every answer (CORS, security); called for errors as well.
    std::function<void(const Request&, Response&)> finish;
    // After the answer was sent or the client was lost.
    std::function<void(const Exchange&)> answered;
};

} // namespace vitrina

#pragma once
#include "core/fault.hpp"
#include "http/response.hpp"

#include <exception>

namespace vitrina {

// The one table from what went wrong to an HTTP status.
int status_of(FaultKind kind);

// The answer for a fault, in the words of the surface the request came to: /api and /health get exactly
// {"error": "<sentence>"}, everything else RFC 9457 problem details with code, hint, request_id and errors[].
Response error_response(const Request& request, const Fault& fault);

// The same for a status that no FaultKind stands for: 405, 408, 431, …
Response error_response(const Request& request, int status, const Fault& fault);

// What a thrown exception means to the client: 507, 503 with Retry-After, or a 500 that says nothing of the inside.
Response exception_response(const Request& request, std::exception_ptr thrown);

} // namespace vitrina

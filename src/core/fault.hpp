#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace vitrina {

// What went wrong, named by what the caller can do about it. api/error_response maps a kind to a status.
enum class FaultKind {
    invalid,             // 400: the request says something impossible
    unauthenticated,     // 401
    forbidden,           // 403
    missing,             // 404
    conflict,            // 409: not in this state
    precondition_failed, // 412: it changed since you looked
    too_large,           // 413
    unsupported_media,   // 415
    unprocessable,       // 422
    rate_limited,        // 429
    unavailable,         // 503: try again later
    storage_full,        // 507
};

struct FieldError {
    std::string pointer; // JSON pointer into the request body, "/title"
    std::string detail;
};

struct Fault {
    FaultKind kind = FaultKind::invalid;
    std::string code;    // stable, catalogued in docs/errors.md: "VT-UPL-007"
    std::string message; // one sentence a person can act on
    std::string hint;    // what to do, where the message alone does not say it
    std::vector<FieldError> errors;
    std::optional<std::chrono::seconds> retry_after;
};

} // namespace vitrina

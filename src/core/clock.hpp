#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// A point in time, UTC, in microseconds since 1970; stored in the database as that integer.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;

// Where "now" comes from, so that tests can move it.
class Clock {
public:
    virtual ~Clock() = default;
    virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
public:
    Instant now() const override;
};

// "2026-03-01T12:30:05.123456Z" (RFC 3339), as /v1 prints it.
std::string rfc3339(Instant instant);

// "2026-03-01T12:30:05.123456": the same without a zone, as /api prints it.
std::string iso_without_zone(Instant instant);

// "Sun, 01 Mar 2026 12:30:05 GMT" (RFC 9110 IMF-fixdate).
std::string http_date(Instant instant);

// All three forms of an HTTP date; nothing when it is none of them.
std::optional<Instant> parse_http_date(std::string_view text);

// An RFC 3339 date-time, or one without a zone (taken as UTC), or a plain date (its first instant).
std::optional<Instant> parse_iso_time(std::string_view text);

} // namespace vitrina

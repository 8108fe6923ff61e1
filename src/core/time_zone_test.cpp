#include "core/time_zone.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;

namespace {

std::string in(const char* zone, const char* text)
{
    const auto instant = local_time(text, zone);
    return instant ? rfc3339(*instant) : "none";
}

std::string midnight_after(const char* text)
{
    return rfc3339(next_midnight(*parse_iso_time(text), "America/Los_Angeles"));
}

} // namespace

TEST_CASE("what the clocks of a place show is an instant")
{
    CHECK(in("Europe/Madrid", "2026-01-15T10:00:00") == "2026-01-15T09:00:00.000000Z");
    CHECK(in("Europe/Madrid", "2026-07-15T10:00:00") == "2026-07-15T08:00:00.000000Z");
    CHECK(in("America/Bogota", "2026-12-31T23:30:00") == "2027-01-01T04:30:00.000000Z");
    CHECK(in("Asia/Kolkata", "2026-01-15T10:00:00.25") == "2026-01-15T04:30:00.250000Z");
    CHECK(in("Europe/Madrid", "2060-07-15T10:00:00") == "2060-07-15T08:00:00.000000Z"); // beyond the stored years
}

TEST_CASE("both edges of daylight saving time")
{
    // Put forward: 02:30 is skipped.
    CHECK(in("Europe/Madrid", "2026-03-29T01:59:59") == "2026-03-29T00:59:59.000000Z");
    CHECK(in("Europe/Madrid", "2026-03-29T02:30:00") == "2026-03-29T01:30:00.000000Z");
    CHECK(in("Europe/Madrid", "2026-03-29T03:00:00") == "2026-03-29T01:00:00.000000Z");
    // Put back: 02:30 comes twice, and the first is meant.
    CHECK(in("Europe/Madrid", "2026-10-25T02:30:00") == "2026-10-25T00:30:00.000000Z");
    CHECK(in("Europe/Madrid", "2026-10-25T03:00:00") == "2026-10-25T02:00:00.000000Z");
    CHECK(in("Australia/Lord_Howe", "2026-10-04T02:15:00") == "2026-10-03T15:45:00.000000Z"); // by half an hour
}

TEST_CASE("what is no zone, and what is no date and time")
{
    CHECK(is_time_zone("America/Argentina/Buenos_Aires"));
    CHECK(is_time_zone("Etc/GMT+5"));
    for (const char* name : {"", "Europe", "Europe/Nowhere", "/etc/passwd", "../../etc/passwd", "file:/etc/passwd",
                             "Europe/Madrid ", "zone.tab", "Fixed/UTC+01:00:00"}) {
        CAPTURE(name);
        CHECK_FALSE(is_time_zone(name));
    }
    for (const char* text : {"", "2026-01-15", "10:00", "2026-01-15T10:00:00Z", "2026-01-15T10:00:00+01:00",
                             "2026-01-15T10:00:00-05:00", "2026-02-30T10:00:00"}) {
        CAPTURE(text);
        CHECK(in("Europe/Madrid", text) == "none");
    }
    CHECK(rc::check("any text", [](const std::string& name, const std::string& text) {
        is_time_zone(name);
        local_time(text, "Europe/Madrid");
    }));
}

TEST_CASE("a day ends at midnight in California, in summer, in winter, and when the clocks change")
{
    CHECK(midnight_after("2026-01-15T12:00:00Z") == "2026-01-16T08:00:00.000000Z");
    CHECK(midnight_after("2026-01-15T07:59:59Z") == "2026-01-15T08:00:00.000000Z");
    CHECK(midnight_after("2026-01-15T08:00:00Z") == "2026-01-16T08:00:00.000000Z");
    CHECK(midnight_after("2026-07-01T12:00:00Z") == "2026-07-02T07:00:00.000000Z");
    CHECK(midnight_after("2026-03-08T09:30:00Z") == "2026-03-09T07:00:00.000000Z"); // 23 hours long
    CHECK(midnight_after("2026-11-01T08:30:00Z") == "2026-11-02T08:00:00.000000Z"); // 25 hours long
    CHECK(midnight_after("2060-07-01T12:00:00Z") == "2060-07-02T07:00:00.000000Z"); // beyond the stored years
}

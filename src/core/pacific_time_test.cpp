#include "core/pacific_time.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

std::string midnight_after(const char* text)
{
    return rfc3339(next_pacific_midnight(*parse_iso_time(text)));
}

} // namespace

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

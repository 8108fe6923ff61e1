#include "core/clock.hpp"

#include <doctest/doctest.h>

using namespace vitrina;
using namespace std::chrono_literals;

TEST_CASE("an instant is printed in the three ways clients read it")
{
    const Instant t = std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h + 30min + 5s + 123456us;
    CHECK(rfc3339(t) == "2026-03-01T12:30:05.123456Z");
    CHECK(iso_without_zone(t) == "2026-03-01T12:30:05.123456");
    CHECK(http_date(t) == "Sun, 01 Mar 2026 12:30:05 GMT");
}

TEST_CASE("all three forms of an HTTP date mean the same instant")
{
    const auto t = parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
    REQUIRE(t);
    CHECK(http_date(*t) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == t);
    CHECK(parse_http_date("Sun Nov  6 08:49:37 1994") == t);
    CHECK_FALSE(parse_http_date("Sun, 06 Nov 1994 08:49:37"));
    CHECK_FALSE(parse_http_date("yesterday"));
    CHECK_FALSE(parse_http_date(""));
}

TEST_CASE("dates and date-times are read with and without a zone")
{
    const auto noon = parse_iso_time("2026-03-01T12:00:00Z");
    REQUIRE(noon);
    CHECK(parse_iso_time("2026-03-01T12:00:00") == noon);
    CHECK(parse_iso_time("2026-03-01T14:00:00+02:00") == noon);
    CHECK(parse_iso_time("2026-03-01T07:30:00.000-04:30") == noon);
    CHECK(parse_iso_time("2026-03-01") == *noon - 12h);
    for (const char* bad : {"", "2026", "2026-02-30", "2026-03-01T25:00:00Z", "2026-03-01T12:00:00+2", "2026-03-01X"})
        CHECK_FALSE(parse_iso_time(bad));
}

TEST_CASE("a time past the year 9999 is none")
{
    CHECK(parse_iso_time("9999-12-31T23:59:59Z"));
    CHECK_FALSE(parse_iso_time("9999-12-31T23:59:60Z"));
    CHECK_FALSE(parse_iso_time("9999-12-31T23:59:59-00:01"));
    CHECK_FALSE(parse_iso_time("0000-01-01T00:00:00+00:01"));
    CHECK_FALSE(parse_http_date("Fri, 31 Dec 9999 23:59:60 GMT"));
}

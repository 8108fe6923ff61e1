#include "http/conditional.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

namespace {

const Validators now{"\"v2\"", 1'000'000'000}; // Sun, 09 Sep 2001 01:46:40 GMT
constexpr const char* same_time = "Sun, 09 Sep 2001 01:46:40 GMT";
constexpr const char* earlier = "Sun, 09 Sep 2001 01:46:39 GMT";

Request with(std::initializer_list<std::pair<const char*, const char*>> fields, Method method = Method::get)
{
    Request request;
    request.method = method;
    for (const auto& [name, value] : fields)
        request.headers.add(name, value);
    return request;
}

} // namespace

TEST_CASE("entity tags")
{
    CHECK(matches_etag("\"v2\"", "\"v2\"", TagComparison::strong));
    CHECK(matches_etag("\"v1\", \"v2\"", "\"v2\"", TagComparison::strong));
    CHECK(matches_etag("\"a,b\",\"v2\"", "\"v2\"", TagComparison::strong));
    CHECK(matches_etag("*", "\"v2\"", TagComparison::strong));
    CHECK_FALSE(matches_etag("*", "", TagComparison::weak));
    CHECK_FALSE(matches_etag("W/\"v2\"", "\"v2\"", TagComparison::strong));
    CHECK_FALSE(matches_etag("W/\"v2\"", "W/\"v2\"", TagComparison::strong));
    CHECK(matches_etag("W/\"v2\"", "\"v2\"", TagComparison::weak));
    CHECK(matches_etag("\"v2\"", "W/\"v2\"", TagComparison::weak));
    for (const char* odd : {"", "v2", "\"v2", "\"v\"2", ",", "W/v2", "\"V2\""})
        CHECK_FALSE(matches_etag(odd, "\"v2\"", TagComparison::weak));
}

TEST_CASE("a copy that is still good is not sent again")
{
    CHECK(check_preconditions(with({}), now) == Precondition::proceed);
    CHECK(check_preconditions(with({{"If-None-Match", "\"v2\""}}), now) == Precondition::not_modified);
    CHECK(check_preconditions(with({{"If-None-Match", "W/\"v2\""}}), now) == Precondition::not_modified);
    CHECK(check_preconditions(with({{"If-None-Match", "\"v1\""}}), now) == Precondition::proceed);
    CHECK(check_preconditions(with({{"If-Modified-Since", same_time}}), now) == Precondition::not_modified);
    CHECK(check_preconditions(with({{"If-Modified-Since", earlier}}), now) == Precondition::proceed);
    CHECK(check_preconditions(with({{"If-Modified-Since", "yesterday"}}), now) == Precondition::proceed);
    // The tag decides where there is one.
    CHECK(check_preconditions(with({{"If-None-Match", "\"v1\""}, {"If-Modified-Since", same_time}}), now) ==
          Precondition::proceed);
}

TEST_CASE("a change is made only to what was seen")
{
    CHECK(check_preconditions(with({{"If-Match", "\"v2\""}}, Method::patch), now) == Precondition::proceed);
    CHECK(check_preconditions(with({{"If-Match", "\"v1\""}}, Method::patch), now) == Precondition::failed);
    CHECK(check_preconditions(with({{"If-Match", "W/\"v2\""}}, Method::patch), now) == Precondition::failed);
    CHECK(check_preconditions(with({{"If-None-Match", "*"}}, Method::put), now) == Precondition::failed);
    CHECK(check_preconditions(with({{"If-Unmodified-Since", earlier}}), now) == Precondition::failed);
    CHECK(check_preconditions(with({{"If-Unmodified-Since", same_time}}), now) == Precondition::proceed);
    CHECK(check_preconditions(with({{"If-Modified-Since", same_time}}, Method::patch), now) == Precondition::proceed);
}

TEST_CASE("If-Range guards a resumed download")
{
    CHECK(range_applies(with({}), now));
    CHECK(range_applies(with({{"If-Range", "\"v2\""}}), now));
    CHECK_FALSE(range_applies(with({{"If-Range", "\"v1\""}}), now));
    CHECK_FALSE(range_applies(with({{"If-Range", "W/\"v2\""}}), now));
    CHECK(range_applies(with({{"If-Range", same_time}}), now));
    CHECK_FALSE(range_applies(with({{"If-Range", earlier}}), now));
    CHECK_FALSE(range_applies(with({{"If-Range", "soon"}}), now));
}

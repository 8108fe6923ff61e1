#include "sandbox/checks.hpp"

#include <doctest/doctest.h>

using namespace vitrina::sandbox;

TEST_CASE("content ranges are read to the letter")
{
    const auto range = parse_content_range("bytes 262144-524287/3000000");
    REQUIRE(range);
    CHECK(range->first == 262'144);
    CHECK(range->last == 524'287);
    CHECK(range->total == 3'000'000);
    CHECK(!range->probe);
    CHECK(parse_content_range("bytes */3000000")->probe);
    for (const char* bad : {"", "bytes", "bytes=0-1/2", "bytes 0-1", "bytes 0-1/", "bytes 0-1/*", "bytes 1-0/5",
                            "bytes 0-5/5", "bytes -1/5", "bytes 0-/5", "bytes 0-1/5 ", "Bytes 0-1/5", "bytes  0-1/5",
                            "bytes +0-1/5", "bytes 0-99999999999999999999/5", "bytes */*", "bytes 0-1/-5"})
        CHECK_MESSAGE(!parse_content_range(bad), bad);
}

TEST_CASE("characters are counted, broken UTF-8 is not")
{
    CHECK(count_characters("") == 0);
    CHECK(count_characters("año €🎬") == 6);
    for (const char* bad : {"\xff", "\xc3", "\xe2\x82", "\xc0\xaf", "a\x80", "\xf5\x80\x80\x80"})
        CHECK(!count_characters(bad));
}

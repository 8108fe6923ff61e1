#include "http/byte_range.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>
#include <string>

using namespace vitrina;

namespace {

Ranges ranges(std::string_view header, std::uint64_t size)
{
    const auto parsed = parse_range(header, size);
    const auto* some = std::get_if<Ranges>(&parsed);
    return some ? *some : Ranges{};
}

bool whole(std::string_view header, std::uint64_t size = 100)
{
    return std::holds_alternative<WholeBody>(parse_range(header, size));
}

bool unsatisfiable(std::string_view header, std::uint64_t size = 100)
{
    return std::holds_alternative<Unsatisfiable>(parse_range(header, size));
}

} // namespace

TEST_CASE("ranges a player asks for")
{
    CHECK(ranges("bytes=0-", 100) == Ranges{{0, 100}});
    CHECK(ranges("bytes=0-0", 100) == Ranges{{0, 1}});
    CHECK(ranges("bytes=50-1000", 100) == Ranges{{50, 50}});
    CHECK(ranges("bytes=-10", 100) == Ranges{{90, 10}});
    CHECK(ranges("bytes=-1000", 100) == Ranges{{0, 100}});
    CHECK(ranges("bytes=99-", 100) == Ranges{{99, 1}});
    CHECK(ranges("Bytes = 1-2 , 5-6,, -1", 100) == Ranges{{1, 2}, {5, 2}, {99, 1}});
    CHECK(ranges("bytes=1-2,500-600", 100) == Ranges{{1, 2}});
    CHECK(ranges("bytes=0-18446744073709551616", 100) == Ranges{{0, 100}});
}

TEST_CASE("ranges that lie past the end")
{
    CHECK(unsatisfiable("bytes=100-"));
    CHECK(unsatisfiable("bytes=100-200,300-"));
    CHECK(unsatisfiable("bytes=-0"));
    CHECK(unsatisfiable("bytes=18446744073709551616-"));
    CHECK(unsatisfiable("bytes=0-", 0));
    CHECK(unsatisfiable("bytes=-5", 0));
}

TEST_CASE("ranges that are none, or absurd, are answered whole")
{
    for (const char* odd : {"", "bytes", "bytes=", "bytes=,", "bytes=a-b", "bytes=-", "bytes=5", "bytes=5-3",
                            "bytes=1-2x", "items=0-5", "bytes=--1", "bytes=0x1-2", "bytes=1-2,bad"}) {
        CAPTURE(odd);
        CHECK(whole(odd));
    }
    std::string many = "bytes=0-0";
    for (int i = 1; i < 16; ++i)
        many += "," + std::to_string(2 * i) + "-" + std::to_string(2 * i);
    CHECK(ranges(many, 100).size() == 16);
    CHECK(whole(many + ",90-90"));
    CHECK(whole("bytes=0-,0-"));
    CHECK(whole("bytes=0-10,5-15"));
    CHECK(ranges("bytes=10-19,0-9", 100).size() == 2);
}

TEST_CASE("no range leaves the body, whatever is asked")
{
    CHECK(rc::check("ranges stay inside and apart", [](std::uint64_t size) {
        const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789-, ")));
        std::uint64_t sum = 0;
        for (const ByteRange& range : ranges("bytes=" + text, size)) {
            RC_ASSERT(range.length > 0);
            RC_ASSERT(range.offset < size);
            RC_ASSERT(range.length <= size - range.offset);
            sum += range.length;
        }
        RC_ASSERT(sum <= size);
    }));
}

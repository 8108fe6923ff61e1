#include "core/id.hpp"

#include <doctest/doctest.h>
#include <rapidcheck.h>

using namespace vitrina;
using namespace std::chrono_literals;

TEST_CASE("an id reads back as it was printed, in either case")
{
    CHECK(rc::check("round trip", [](std::array<std::uint8_t, 16> bytes) {
        const Uuid uuid{bytes};
        RC_ASSERT(Uuid::parse(uuid.text()) == uuid);
    }));
    CHECK(VideoId::parse("0190A1B2-C3D4-7E5F-8A9B-0C1D2E3F4A5B")->text() == "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
}

TEST_CASE("what is not an id is refused")
{
    for (const char* bad : {"", "1", "..", "0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g",
                            "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b ", "{0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5}"})
        CHECK_FALSE(VideoId::parse(bad));
}

TEST_CASE("ids sort by the time they were made")
{
    const Instant t{1'772'000'000'000'000us};
    CHECK(VideoId::make(t) < VideoId::make(t + 1ms));
    CHECK(VideoId::make(t).text()[14] == '7');
    CHECK(VideoId::make(t) != VideoId::make(t));
}

#include "app/roles.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("roles are a list of words; any other word is refused with the right ones")
{
    const auto all = Roles::parse("video, publish,work");
    REQUIRE(all);
    CHECK((all->video && all->publish && all->work));
    const auto one = Roles::parse("work");
    REQUIRE(one);
    CHECK((one->work && !one->video && !one->publish));
    CHECK(Roles::parse("video,,work")); // an empty word is none, as in every list of the settings
    for (const char* bad : {"", ",", "videos", "video;work"}) {
        const auto roles = Roles::parse(bad);
        REQUIRE_FALSE(roles);
        CHECK(roles.error().message.find("video, publish and work") != std::string::npos);
    }
}

#include "core/instance.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace vitrina;

TEST_CASE("a process that runs has not ended")
{
    CHECK_FALSE(has_ended(instance_id()));
    CHECK(instance_id() == instance_id());
}

TEST_CASE("a process that was reaped has ended, and so has one whose number another got")
{
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const std::string id = instance_id();
        const auto written = ::write(ends[1], id.data(), id.size());
        ::_exit(written == static_cast<ssize_t>(id.size()) ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    char buffer[256];
    const auto length = ::read(ends[0], buffer, sizeof buffer);
    REQUIRE(length > 0);
    CHECK(has_ended(std::string_view(buffer, static_cast<std::size_t>(length))));
    ::close(ends[0]);
    ::close(ends[1]);

    const std::string mine = instance_id();
    CHECK(has_ended(mine.substr(0, mine.rfind('/')) + "/1"));
}

TEST_CASE("nothing is known about processes elsewhere")
{
    for (const char* other : {"", "/", "elsewhere/1/2/3", "00000000-0000-0000-0000-000000000000/4026531836/1/1"})
        CHECK_FALSE(has_ended(other));
    const std::string mine = instance_id();
    CHECK_FALSE(has_ended(mine.substr(0, mine.rfind('/'))));
    CHECK_FALSE(has_ended(mine.substr(0, mine.rfind('/') + 1)));
}

#include "core/fail_point.hpp"

#ifdef VITRINA_FAIL_POINTS

#include "core/errors.hpp"

#include <csignal>
#include <cstdlib>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace vitrina;

namespace {

struct NoFailPoints {
    ~NoFailPoints() { configure_fail_points(""); }
};

// What ended a child that configures this and then hits `a` and `b`.
int signal_of_child(const char* actions, long abort_at)
{
    const pid_t child = ::fork();
    if (child == 0) {
        configure_fail_points(actions, {}, abort_at);
        FAIL_POINT("a");
        FAIL_POINT("b");
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

} // namespace

TEST_CASE("a fail point does nothing until told to")
{
    CHECK_NOTHROW(FAIL_POINT("quiet"));
}

TEST_CASE("a fail point follows its list of actions")
{
    const NoFailPoints afterwards;
    configure_fail_points("disk=2*off->1*enospc->1*eio->return;other=sleep(1)");
    CHECK_NOTHROW(FAIL_POINT("disk"));
    CHECK_NOTHROW(FAIL_POINT("disk"));
    CHECK_THROWS_AS(FAIL_POINT("disk"), StorageFull);
    CHECK_THROWS_AS(FAIL_POINT("disk"), Unavailable);
    CHECK_THROWS_AS(FAIL_POINT("disk"), FailPointError);
    CHECK_THROWS_AS(FAIL_POINT("disk"), FailPointError);
    CHECK_NOTHROW(FAIL_POINT("other"));
}

TEST_CASE("abort dies like kill -9, by name or by the number of the hit")
{
    CHECK(signal_of_child("", 0) == 0);
    CHECK(signal_of_child("b=abort", 0) == SIGKILL);
    CHECK(signal_of_child("a=1*off->abort", 0) == 0);
    CHECK(signal_of_child("", 2) == SIGKILL);
    CHECK(signal_of_child("", 3) == 0);
}

TEST_CASE("hits are counted in order, from any thread")
{
    const NoFailPoints afterwards;
    const auto file = std::filesystem::temp_directory_path() / ("fail-points-" + std::to_string(::getpid()));
    configure_fail_points("", file);
    FAIL_POINT("first");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([] {
            for (int k = 0; k < 25; ++k)
                FAIL_POINT("many");
        });
    for (auto& thread : threads)
        thread.join();

    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);)
        lines.push_back(line);
    std::filesystem::remove(file);
    REQUIRE(lines.size() == 101);
    CHECK(lines.front() == "first");
    CHECK(lines.back() == "many");
}

TEST_CASE("what cannot be read as a fail point is refused")
{
    for (const char* text : {"name", "name=", "=off", "name=explode", "name=x*off", "name=sleep(", "name=-1*off"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(configure_fail_points(text), std::invalid_argument);
    }
}

#endif

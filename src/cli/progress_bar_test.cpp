#include "cli/progress_bar.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("sizes and times are written as people read them")
{
    CHECK(readable_bytes(0) == "0 B");
    CHECK(readable_bytes(1536) == "1.5 KiB");
    CHECK(readable_bytes(5.0 * 1024 * 1024 * 1024) == "5.0 GiB");
    CHECK(readable_time(65) == "1:05");
    CHECK(readable_time(7389) == "2:03:09");
}

TEST_CASE("a progress line tells rate and remaining time, and ends without one")
{
    const std::string half = progress_line("a.mp4", 512, 1024, 1.0);
    CHECK(half.starts_with("a.mp4  50 %  512 B"));
    CHECK(half.find("512 B/s  0:02") != std::string::npos);
    CHECK(progress_line("a.mp4", 1024, 1024, 1.0).find("0:0") == std::string::npos);
    CHECK(progress_line("empty", 0, 0, 0).starts_with("empty  100 %"));
}

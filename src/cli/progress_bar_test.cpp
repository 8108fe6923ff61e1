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

TEST_CASE("the bar of a terminal fills up, and fits it whatever the file is called")
{
    CHECK(progress_bar_line("a.mp4", 0, 1000, 0) == "a.mp4  [--------------------] 0 %  0 B/s");
    CHECK(progress_bar_line("a.mp4", 420, 1000, 1).starts_with("a.mp4  [########------------] 42 %  420 B/s  0:02"));
    CHECK(progress_bar_line("a.mp4", 1000, 1000, 1) == "a.mp4  [####################] 100 %  1000 B/s");
    CHECK(progress_bar_line("empty", 0, 0, 0).starts_with("empty  [####################] 100 %"));

    const std::uint64_t tebibytes = std::uint64_t(900) << 40;
    CHECK(progress_bar_line(std::string(300, 'x'), tebibytes / 2, tebibytes, 7).size() <= 80);
    CHECK(progress_bar_line("aaaaaaaaaaaaaaaaañañ", 0, 1, 0).starts_with("aaaaaaaaaaaaaaaaa…  ["));
}

#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace vitrina {

// How far an upload is. On a terminal a bar that is drawn again and again; elsewhere a plain line every ten seconds and
// one at the end.
class ProgressBar {
public:
    ProgressBar(std::string name, std::uint64_t total, bool terminal);
    // What an upload that failed has drawn is left as it is, so that the error begins on a line of its own.
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(std::uint64_t sent);
    void finish();

private:
    using Steady = std::chrono::steady_clock;
    void draw(std::uint64_t sent, Steady::time_point now);

    std::string name_;
    std::uint64_t total_;
    bool terminal_;
    bool line_open_ = false;
    Steady::time_point began_ = Steady::now();
    Steady::time_point last_line_ = began_;
};

// "12.3 MiB"
std::string readable_bytes(double bytes);
// "1:05", "2:03:09"
std::string readable_time(std::int64_t seconds);
// "clip.mp4  45 %  12.3 MiB of 27.1 MiB  8.1 MiB/s  0:02 left"
std::string progress_line(const std::string& name, std::uint64_t sent, std::uint64_t total, double elapsed_seconds);
// "clip.mp4  [#########-----------] 45 %  8.1 MiB/s  0:02 left": fits 80 columns, of a long name only the beginning
std::string progress_bar_line(const std::string& name, std::uint64_t sent, std::uint64_t total, double elapsed_seconds);

} // namespace vitrina

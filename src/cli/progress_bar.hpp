#pragma once
#include <chrono>
#include <cstdint>
#include <string>

namespace vitrina {

// How far an upload is. On a terminal one line that is drawn again; elsewhere a plain line every ten seconds.
class ProgressBar {
public:
    ProgressBar(std::string name, std::uint64_t total, bool terminal);
    void show(std::uint64_t sent);
    void finish();

private:
    using Steady = std::chrono::steady_clock;
    std::string name_;
    std::uint64_t total_;
    bool terminal_;
    Steady::time_point began_ = Steady::now();
    Steady::time_point last_line_ = began_;
};

// "12.3 MiB"
std::string readable_bytes(double bytes);
// "1:05", "2:03:09"
std::string readable_time(std::int64_t seconds);
// "clip.mp4   45 %  12.3 MiB of 27.1 MiB  8.1 MiB/s  0:02 left"
std::string progress_line(const std::string& name, std::uint64_t sent, std::uint64_t total, double elapsed_seconds);

} // namespace vitrina

#include "api/metrics.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace vitrina {

namespace {

double seconds(const timeval& time)
{
    return double(time.tv_sec) + double(time.tv_usec) / 1e6;
}

double resident_bytes()
{
    std::ifstream statm("/proc/self/statm");
    double pages_in_all = 0;
    double pages_resident = 0;
    statm >> pages_in_all >> pages_resident;
    return pages_resident * double(sysconf(_SC_PAGESIZE));
}

double open_descriptors()
{
    std::error_code error;
    double count = 0;
    for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end; it.increment(error))
        ++count;
    return count;
}

const double started_at = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();

} // namespace

Task<std::vector<Metric>> process_metrics()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    std::vector<Metric> metrics{
        counter("process_cpu_seconds_total", "CPU time of this process, user and system.",
                {{"", seconds(used.ru_utime) + seconds(used.ru_stime)}}),
        gauge("process_resident_memory_bytes", "Memory of this process that is in RAM.", {{"", resident_bytes()}}),
        gauge("process_open_fds", "Open file descriptors of this process.", {{"", open_descriptors()}}),
        gauge("process_start_time_seconds", "When this process started, in seconds since 1970.", {{"", started_at}}),
        gauge("vitrina_build_info", "The build that runs: always 1.", {{"version=\"" VITRINA_VERSION "\"", 1}}),
    };
    co_return metrics;
}

} // namespace vitrina

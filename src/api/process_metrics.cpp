#include "api/metrics.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace vitrina {

namespace {

double seconds(const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; }

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

const double started_at =
    std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();

Metric single(std::string name, std::string help, MetricType type, double value, std::string labels = {})
{
    return {std::move(name), std::move(help), type, {{std::move(labels), value}}};
}

} // namespace

Task<std::vector<Metric>> process_metrics()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    std::vector<Metric> metrics;
    metrics.push_back(single("process_cpu_seconds_total", "CPU time of this process, user and system.",
                             MetricType::counter, seconds(used.ru_utime) + seconds(used.ru_stime)));
    metrics.push_back(single("process_resident_memory_bytes", "Memory of this process that is in RAM.",
                             MetricType::gauge, resident_bytes()));
    metrics.push_back(
        single("process_open_fds", "Open file descriptors of this process.", MetricType::gauge, open_descriptors()));
    metrics.push_back(single("process_start_time_seconds", "When this process started, in seconds since 1970.",
                             MetricType::gauge, started_at));
    metrics.push_back(single("vitrina_build_info", "The build that runs: always 1.", MetricType::gauge, 1,
                             "version=\"" VITRINA_VERSION "\""));
    co_return metrics;
}

} // namespace vitrina

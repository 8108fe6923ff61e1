#include "app/process_limits.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <malloc.h>
#include <sys/resource.h>

namespace vitrina {
namespace {

// A connection is a descriptor, and the usual soft limit of 1,024 is there for programs that use select().
void raise_descriptor_limit()
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log(LogLevel::warn, "the limit of open files could not be raised");
}

// Freed memory goes back to the kernel above this much only: by default a list of a few kilobytes makes glibc give
// pages back and take them again with every answer, which costs more than the answer.
void keep_freed_memory()
{
    constexpr int kept = 4 * 1024 * 1024;
    mallopt(M_TRIM_THRESHOLD, kept);
    mallopt(M_MMAP_THRESHOLD, kept);
}

} // namespace

void prepare_process()
{
    raise_descriptor_limit();
    keep_freed_memory();
}

std::size_t connections_possible(std::size_t wanted)
{
    constexpr std::size_t for_everything_else = 256;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= rlim_t(wanted) + for_everything_else)
        return wanted;
    const std::size_t possible = std::max<std::size_t>(limit.rlim_cur, 2 * for_everything_else) - for_everything_else;
    log(LogLevel::info, "fewer connections than VITRINA_MAX_CONNECTIONS are taken: the limit of open files is lower",
        {{"connections", possible}, {"open_files", limit.rlim_cur}});
    return possible;
}

} // namespace vitrina

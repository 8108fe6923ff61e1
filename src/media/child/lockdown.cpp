#include "media/child/lockdown.hpp"

#include "media/child/parent_link.hpp"
#include "media/sanitized.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace vitrina {

namespace {

std::string failure(const char* what)
{
    return std::string(what) + ": " + std::strerror(errno);
}

bool limit(__rlimit_resource resource, std::uint64_t soft, std::uint64_t hard)
{
    rlimit value{.rlim_cur = soft, .rlim_max = hard};
    return setrlimit(resource, &value) == 0;
}

std::uint64_t mapped_now()
{
    std::uint64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::string limit_resources(const ChildLimits& limits)
{
    std::uint64_t address_space = mapped_now() + limits.memory;
    std::uint64_t descriptors = highest_child_descriptor + 1 + (sanitized ? 2 : 0);
    bool limited = limit(RLIMIT_CPU, limits.cpu_seconds, limits.cpu_seconds + 1) && // the second one kills
                   limit(RLIMIT_FSIZE, 0, 0) && limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_NPROC, 0, 0) &&
                   limit(RLIMIT_NOFILE, descriptors, descriptors) && limit(RLIMIT_MEMLOCK, 0, 0) &&
                   limit(RLIMIT_MSGQUEUE, 0, 0) && (sanitized || limit(RLIMIT_AS, address_space, address_space));
    return limited ? std::string() : failure("setrlimit");
}

class Filter {
public:
    Filter() : filter_(seccomp_init(SCMP_ACT_KILL_PROCESS)) {}
    ~Filter() { seccomp_release(filter_); }
    Filter(const Filter&) = delete;
    Filter& operator=(const Filter&) = delete;

    template <class... Conditions>
    void allow(int call, Conditions... conditions)
    {
        add(SCMP_ACT_ALLOW, call, conditions...);
    }

    template <class... Conditions>
    void fail(int error, int call, Conditions... conditions)
    {
        add(SCMP_ACT_ERRNO(static_cast<std::uint16_t>(error)), call, conditions...);
    }

    bool load() { return filter_ && error_ == 0 && (error_ = seccomp_load(filter_)) == 0; }
    int error() const { return -error_; }

private:
    template <class... Conditions>
    void add(std::uint32_t action, int call, Conditions... conditions)
    {
        if (filter_ && error_ == 0)
            error_ = seccomp_rule_add(filter_, action, call, sizeof...(conditions), conditions...);
    }

    scmp_filter_ctx filter_;
    int error_ = 0;
};

scmp_arg_cmp is(unsigned argument, std::uint64_t value)
{
    return {.arg = argument, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}

scmp_arg_cmp lacks(unsigned argument, std::uint64_t bits)
{
    return {.arg = argument, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = 0};
}

scmp_arg_cmp at_most(unsigned argument, std::uint64_t value)
{
    return {.arg = argument, .op = SCMP_CMP_LE, .datum_a = value, .datum_b = 0};
}

scmp_arg_cmp above(unsigned argument, std::uint64_t value)
{
    return {.arg = argument, .op = SCMP_CMP_GT, .datum_a = value, .datum_b = 0};
}

void allow_memory(Filter& filter, std::uint64_t most)
{
    filter.allow(SCMP_SYS(brk));
    filter.allow(SCMP_SYS(munmap));
    filter.allow(SCMP_SYS(madvise));
    filter.allow(SCMP_SYS(mprotect), lacks(2, PROT_EXEC));
    filter.allow(SCMP_SYS(mmap), lacks(2, PROT_EXEC), at_most(1, most));
    filter.fail(ENOMEM, SCMP_SYS(mmap), above(1, most));
    filter.allow(SCMP_SYS(mremap), at_most(2, most));
    filter.fail(ENOMEM, SCMP_SYS(mremap), above(2, most));
}

void allow_talking(Filter& filter)
{
    for (int call : {SCMP_SYS(recvmsg), SCMP_SYS(recvfrom), SCMP_SYS(sendto), SCMP_SYS(read), SCMP_SYS(close)})
        filter.allow(call, is(0, parent_descriptor));
    filter.allow(SCMP_SYS(pread64), is(0, file_descriptor));
}

void allow_living(Filter& filter)
{
    auto self = static_cast<std::uint64_t>(getpid());
    for (int call :
         {SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(getpid),
          SCMP_SYS(gettid), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield), SCMP_SYS(rt_sigprocmask),
          SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(exit), SCMP_SYS(exit_group)})
        filter.allow(call);
    filter.allow(SCMP_SYS(tgkill), is(0, self), is(2, SIGABRT)); // abort()
    for (int call : {SCMP_SYS(open), SCMP_SYS(openat)})
        filter.fail(EACCES, call);
}

// Reports, and the pipes through which UBSan finds out whether a pointer may be followed.
void allow_sanitizers(Filter& filter)
{
    for (int call :
         {SCMP_SYS(write), SCMP_SYS(pipe2), SCMP_SYS(close), SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),
          SCMP_SYS(readlink), SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(getppid), SCMP_SYS(getuid)})
        filter.allow(call);
}

std::string filter_system_calls(std::uint64_t most_memory)
{
    Filter filter;
    allow_memory(filter, most_memory);
    allow_talking(filter);
    allow_living(filter);
    if (sanitized)
        allow_sanitizers(filter);
    return filter.load() ? std::string() : std::string("seccomp: ") + std::strerror(filter.error());
}

} // namespace

std::string lock_down(const ChildLimits& limits)
{
    if (close_range(parent_descriptor + 1, ~0U, 0) != 0)
        return failure("close_range");
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return failure("prctl");
    if (std::string problem = limit_resources(limits); !problem.empty())
        return problem;
    return filter_system_calls(limits.memory);
}

} // namespace vitrina

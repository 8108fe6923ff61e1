#pragma once
#include "core/fail_point.hpp"
#include "core/random.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace vitrina {

// A directory of its own for a test, gone with it.
struct TestDirectory {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("vitrina-test-" + random_hex(8));
    TestDirectory() { std::filesystem::create_directory(path); }
    ~TestDirectory()
    {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    TestDirectory(const TestDirectory&) = delete;
    TestDirectory& operator=(const TestDirectory&) = delete;
};

// Starts a copy of this process that runs `work` and leaves with what it returned, or with 99 when it threw. No other
// threads may run here.
inline pid_t start_child(const std::function<int()>& work)
{
    const pid_t child = ::fork();
    if (child != 0)
        return child;
    int code = 99;
    try {
        code = work();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "in a child: %s\n", e.what());
    }
    ::_exit(code);
}

// What the child left with, or minus the signal that ended it.
inline int end_of(pid_t child)
{
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            throw std::runtime_error("waitpid");
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

inline int run_in_child(const std::function<int()>& work)
{
    return end_of(start_child(work));
}

#ifdef VITRINA_FAIL_POINTS

// Kills (kill -9) a child of this process at the k-th fail point of `work`, for k = 1, 2, … until it survives; after
// each, `look` is told whether it was killed. Returns how often it was.
inline int kill_everywhere(const std::function<void()>& work, const std::function<void(bool killed)>& look)
{
    for (int k = 1;; ++k) {
        const int end = run_in_child([&] {
            configure_fail_points("", {}, k);
            work();
            return 0;
        });
        if (end != 0 && end != -SIGKILL)
            throw std::runtime_error("the child ended with " + std::to_string(end));
        look(end != 0);
        if (end == 0)
            return k - 1;
    }
}

#endif

} // namespace vitrina

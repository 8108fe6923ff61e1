#pragma once
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace vitrina {

struct ChildProgram {
    std::string path;
    std::uint64_t memory = 0;
    std::chrono::seconds cpu_time{};
};

struct ChildEnd {
    bool by_signal = false;
    int code = 0; // the signal, or the exit code
};

// A running media child: its end of the socket pair and a handle on the process. Kills and reaps it when it goes.
class ChildProcess {
public:
    // Starts the program with an empty environment, /dev/null, and the socket as descriptor 3: nothing else is
    // inherited. Takes about a millisecond (vfork and exec: no memory is copied). Throws Unavailable.
    explicit ChildProcess(const ChildProgram& program);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    int socket() const { return socket_; }
    // Becomes readable when the process has ended.
    int pidfd() const { return pidfd_; }
    void kill() noexcept;
    // Blocks until the process has ended; at once when pidfd() is readable.
    ChildEnd reap() noexcept;

private:
    int socket_ = -1;
    int pidfd_ = -1;
    pid_t pid_ = -1; // -1 once reaped
};

} // namespace vitrina

#include "media/child_process.hpp"

#include "core/errors.hpp"
#include "media/child/parent_link.hpp"
#include "media/sanitized.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" { // glibc 2.36 forgot to say so itself
#include <sys/pidfd.h>
}

#include <array>
#include <cerrno>
#include <cstring>

namespace vitrina {

namespace {

[[noreturn]] void cannot_start(int error)
{
    throw Unavailable(std::string("the media reader cannot be started: ") + std::strerror(error));
}

// Sanitizers print to descriptor 2 and want to be told that there is no /proc to look things up in.
constexpr const char* sanitizer_options =
    "ASAN_OPTIONS=detect_leaks=0:symbolize=0:handle_segv=0:handle_abort=0:handle_sigbus=0:handle_sigfpe=0:"
    "handle_sigill=0:allocator_may_return_null=1";

class FileActions {
public:
    explicit FileActions(int socket)
    {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, socket, parent_descriptor);
        for (int standard = 0; standard < (sanitized ? 2 : 3); ++standard)
            posix_spawn_file_actions_addopen(&actions_, standard, "/dev/null", O_RDWR, 0);
        posix_spawn_file_actions_addclosefrom_np(&actions_, parent_descriptor + 1);
    }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

// No signal blocked or ignored, and a process group of its own: Ctrl-C in a terminal ends the server, which drains.
class Attributes {
public:
    Attributes()
    {
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;
    const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_;
};

pid_t spawn(const ChildProgram& program, int socket)
{
    std::array<std::string, 4> words{program.path, "media-child", std::to_string(program.memory),
                                     std::to_string(program.cpu_time.count())};
    std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    std::string options = sanitizer_options;
    std::array<char*, 2> environment{sanitized ? options.data() : nullptr, nullptr};

    FileActions actions(socket);
    Attributes attributes;
    pid_t pid = -1;
    int error =
        posix_spawn(&pid, program.path.c_str(), actions.get(), attributes.get(), arguments.data(), environment.data());
    if (error != 0)
        cannot_start(error);
    return pid;
}

} // namespace

ChildProcess::ChildProcess(const ChildProgram& program)
{
    std::array<int, 2> pair{-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0)
        cannot_start(errno);
    try {
        pid_ = spawn(program, pair[1]);
    } catch (...) {
        close(pair[0]);
        close(pair[1]);
        throw;
    }
    socket_ = pair[0];
    close(pair[1]);

    pidfd_ = pidfd_open(pid_, 0); // cannot be another process: nobody else reaps it
    if (pidfd_ < 0) {
        int error = errno;
        kill();
        reap();
        close(socket_);
        cannot_start(error);
    }
}

ChildProcess::~ChildProcess()
{
    kill();
    reap();
    close(socket_);
    close(pidfd_);
}

void ChildProcess::kill() noexcept
{
    if (pid_ > 0)
        ::kill(pid_, SIGKILL);
}

ChildEnd ChildProcess::reap() noexcept
{
    if (pid_ <= 0)
        return {};
    siginfo_t info{};
    int result = 0;
    do
        result = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
    while (result != 0 && errno == EINTR);
    pid_ = -1;
    return {.by_signal = info.si_code != CLD_EXITED, .code = info.si_status};
}

} // namespace vitrina

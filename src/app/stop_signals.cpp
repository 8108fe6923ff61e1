#include "app/stop_signals.hpp"

#include <cerrno>

namespace vitrina {

StopSignals::StopSignals()
{
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGTERM);
    sigaddset(&signals_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

void StopSignals::wait()
{
    int which = 0;
    while (sigwait(&signals_, &which) == EINTR) {}
}

void StopSignals::let_the_next_one_kill()
{
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
}

} // namespace vitrina

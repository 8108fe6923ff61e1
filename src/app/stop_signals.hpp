#pragma once
#include <csignal>

namespace vitrina {

// SIGTERM and SIGINT, waited for in one place instead of interrupting wherever a thread happens to be. Made before
// any thread is started, so that all of them inherit the mask.
class StopSignals {
public:
    StopSignals();
    // Blocks until the first one.
    void wait();
    // From now on one more ends the process at once: for an operator who does not want to wait for the drain.
    void let_the_next_one_kill();

private:
    sigset_t signals_{};
};

} // namespace vitrina

#pragma once
#include "core/task.hpp"

#include <chrono>
#include <memory>

namespace vitrina {

// One coroutine waits, others of the same loop may cut its waiting short. A ring nobody waits for is kept for the
// next wait.
class Alarm {
public:
    explicit Alarm(Executor loop);
    ~Alarm();

    // Until rung, or until the time has passed.
    Task<> wait(std::chrono::steady_clock::duration longest);
    void ring();

private:
    struct Timer;
    std::unique_ptr<Timer> timer_;
    bool rung_ = false;
};

} // namespace vitrina

#pragma once
#include "core/task.hpp"

#include <cstddef>
#include <functional>
#include <memory>

namespace vitrina {

// N event loops, one thread each. What was started on a loop stays on it, so its state needs no lock.
class EventLoops {
public:
    // 0: one loop per core.
    explicit EventLoops(std::size_t count = 0);
    // Stops and joins; what still waits on a loop is destroyed with it.
    ~EventLoops();
    EventLoops(const EventLoops&) = delete;
    EventLoops& operator=(const EventLoops&) = delete;

    // Starts the threads; they run, also with nothing to do, until stop().
    void start();
    // From any thread, also from a loop's own.
    void stop();
    // Waits for the threads to end; not from a loop's own thread.
    void join();
    // Between start() and stop().
    bool running() const;

    std::size_t size() const;
    Executor executor(std::size_t loop);
    // Another one each time.
    Executor any();

    void post(std::size_t loop, std::function<void()> work);
    // Starts a task on a loop. Nobody waits for it: what it throws ends the process, as in a thread.
    void spawn(std::size_t loop, Task<> task);
    void spawn(Task<> task);

private:
    struct Loop;
    struct Loops;
    std::unique_ptr<Loops> loops_;
};

} // namespace vitrina

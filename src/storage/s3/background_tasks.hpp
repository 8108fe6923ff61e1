#pragma once
#include "core/task.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>

namespace vitrina {

// Tasks that nobody awaits, counted so that the end can wait for them. What they throw is lost: they catch what
// matters.
class BackgroundTasks {
public:
    void spawn(Executor executor, Task<> task);
    // Until none is left; false when some were still at it after this long. Not on their loop.
    bool wait(std::chrono::milliseconds most);

private:
    struct Count {
        std::mutex mutex;
        std::condition_variable none;
        std::size_t running = 0;
    };
    std::shared_ptr<Count> count_ = std::make_shared<Count>();
};

} // namespace vitrina

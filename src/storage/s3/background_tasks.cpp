#include "storage/s3/background_tasks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>

namespace vitrina {

void BackgroundTasks::spawn(Executor executor, Task<> task)
{
    {
        const std::lock_guard lock(count_->mutex);
        ++count_->running;
    }
    boost::asio::co_spawn(executor, std::move(task), [count = count_](std::exception_ptr) {
        const std::lock_guard lock(count->mutex);
        if (--count->running == 0)
            count->none.notify_all();
    });
}

bool BackgroundTasks::wait(std::chrono::milliseconds most)
{
    std::unique_lock lock(count_->mutex);
    return count_->none.wait_for(lock, most, [this] { return count_->running == 0; });
}

} // namespace vitrina

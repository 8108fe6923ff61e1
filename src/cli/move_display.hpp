#pragma once
#include "core/event_loops.hpp"
#include "moving/progress.hpp"

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <utility>

namespace vitrina {

// How far a move, a backup or a restore is: on a terminal one line that is drawn again and again, elsewhere a plain
// line every ten seconds and at each new stage.
class MoveDisplay {
public:
    MoveDisplay(const MoveProgress& progress, bool terminal) : progress_(progress), terminal_(terminal) {}
    // The line that was drawn last stays.
    ~MoveDisplay();
    MoveDisplay(const MoveDisplay&) = delete;
    MoveDisplay& operator=(const MoveDisplay&) = delete;

    void show();

private:
    using Steady = std::chrono::steady_clock;

    const MoveProgress& progress_;
    bool terminal_;
    bool line_open_ = false;
    MoveProgress::Stage stage_ = MoveProgress::Stage::preparing;
    Steady::time_point began_ = Steady::now(), last_line_ = Steady::now();
};

// "Copying files  812 of 4003  12.3 GiB of 100.0 GiB  210.0 MiB/s  7:10 left"
std::string move_line(const MoveProgress& progress, double elapsed_seconds);

// Runs a task on the first loop to its end and shows how far it is meanwhile.
template <class T>
T run_shown(EventLoops& loops, Task<T> task, MoveProgress& progress, bool terminal)
{
    std::promise<T> promise;
    std::future<T> result = promise.get_future();
    boost::asio::co_spawn(loops.executor(0), std::move(task), [&promise](std::exception_ptr error, T value) {
        if (error)
            promise.set_exception(std::move(error));
        else
            promise.set_value(std::move(value));
    });
    MoveDisplay display(progress, terminal);
    while (result.wait_for(std::chrono::milliseconds(200)) != std::future_status::ready)
        display.show();
    return result.get();
}

} // namespace vitrina

#include "app/periodic.hpp"

#include "core/log.hpp"
#include "core/sleep.hpp"

#include <exception>

namespace vitrina {

Task<> periodically(std::string what, std::chrono::seconds interval, std::function<Task<>()> work)
{
    for (;;) {
        try {
            co_await work();
        } catch (const std::exception& error) {
            log(LogLevel::warn, "background work failed; it will be tried again",
                {{"work", what}, {"error", error.what()}});
        }
        co_await sleep_for(interval);
    }
}

} // namespace vitrina

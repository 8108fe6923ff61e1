#pragma once
#include <chrono>
#include <ctime>

namespace vitrina {

// How much of its computing time a part of the work may use before it settles for what it has.
class CpuBudget {
public:
    explicit CpuBudget(std::chrono::nanoseconds budget) : end_(used() + budget) {}
    bool is_spent() const { return used() >= end_; }

private:
    static std::chrono::nanoseconds used()
    {
        timespec now{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    }
    std::chrono::nanoseconds end_;
};

} // namespace vitrina

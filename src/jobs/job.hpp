#pragma once
#include "core/id.hpp"
#include "core/task.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace vitrina {

// A leased unit of background work. It may run twice: it first asks whether its work is already done.
struct Job {
    JobId id;
    std::string kind;    // stored data: never renamed
    std::string subject; // what it is about, usually an id
    std::string payload; // JSON, the kind's own
    int attempts = 0;    // how often it was tried before
    std::int64_t fence = 0; // grows with every lease; writes of an older lease match no row
};

struct Done {};
struct Snooze { // not a failure, uses up no attempt
    std::chrono::microseconds delay;
};
struct GiveUp { // retrying cannot help: the job becomes dead, with its reason
    std::string reason;
};
// Anything thrown means: try again later, with backoff, until the attempts are used up; then dead.
using JobResult = std::variant<Done, Snooze, GiveUp>;

} // namespace vitrina

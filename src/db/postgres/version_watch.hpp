#pragma once
#include "core/task.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

namespace vitrina {

// Numbers what the server says of its own state. However many requests of a loop want to know, one question is under
// way at a time; whoever comes meanwhile waits for the next, as the answer to this one may be older than their call.
class VersionWatch {
public:
    // Asks the server; two equal answers mean that nothing was committed between them.
    using Ask = std::function<Task<std::string>()>;

    explicit VersionWatch(Ask ask) : ask_(std::move(ask)) {}

    // Throws what asking throws, and Unavailable when others' questions take longer than `patience`.
    Task<std::uint64_t> number(std::chrono::milliseconds patience);

private:
    struct Waiter;
    struct Loop;
    class Round;

    Loop& of_this_thread();
    std::uint64_t number_of(std::string state);

    const Ask ask_;
    std::mutex mutex_; // of what follows; what is in a Loop is touched by its own thread only
    std::unordered_map<std::thread::id, std::shared_ptr<Loop>> loops_;
    std::string last_;
    std::uint64_t number_ = 0;
};

} // namespace vitrina

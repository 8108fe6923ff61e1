#pragma once
#include "core/task.hpp"

#include <cstddef>
#include <memory>

namespace vitrina {

// How many children may run at once. Shared by all loops; whoever waits is resumed on its own.
class ChildSlots : public std::enable_shared_from_this<ChildSlots> {
public:
    explicit ChildSlots(std::size_t count);
    ~ChildSlots();

    // The right to run one child, given back when it goes.
    class Slot {
    public:
        explicit Slot(std::shared_ptr<ChildSlots> slots) : slots_(std::move(slots)) {}
        Slot(Slot&&) = default;
        Slot& operator=(Slot&&) = delete;
        ~Slot();

    private:
        std::shared_ptr<ChildSlots> slots_;
    };

    // First come, first served.
    Task<Slot> take();

private:
    struct Waiting;
    struct Queue;
    void give_back();
    void leave(const std::shared_ptr<Waiting>& waiting);

    std::unique_ptr<Queue> queue_;
};

} // namespace vitrina

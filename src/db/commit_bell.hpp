#pragma once
#include <functional>
#include <memory>

namespace vitrina {

// Rung after every commit of this process that brings what others wait for (Transaction::ring_at_commit). From any
// thread. What other processes commit is not heard here.
class CommitBell {
public:
    CommitBell();

    // Called on the thread that committed, so it only passes word on. Until the returned token is dropped.
    [[nodiscard]] std::shared_ptr<void> on_ring(std::function<void()> hear);
    void ring();

private:
    struct Listeners;
    std::shared_ptr<Listeners> listeners_;
};

} // namespace vitrina

#include "moving/kept_lease.hpp"

#include "core/sleep.hpp"

#include <atomic>
#include <chrono>
#include <exception>

namespace vitrina {

struct KeptLease::State {
    std::atomic<bool> over = false;  // nobody needs it any more
    std::atomic<bool> lost = false;
    std::atomic<bool> ended = false; // the task touches nothing any more
};

void KeptLease::start(EventLoops& loops, Mover mover)
{
    state_ = std::make_shared<State>();
    loops.spawn(keep(state_, std::move(mover)));
}

bool KeptLease::is_lost() const
{
    return state_ && state_->lost;
}

Task<> KeptLease::end()
{
    if (!state_)
        co_return;
    state_->over = true;
    while (!state_->ended)
        co_await sleep_for(std::chrono::milliseconds(5));
    state_.reset();
}

Task<> KeptLease::keep(std::shared_ptr<State> state, Mover mover)
{
    auto last = std::chrono::steady_clock::now();
    while (!state->over) {
        const auto now = std::chrono::steady_clock::now();
        if (now - last >= Mover::lease / 5) {
            last = now;
            try {
                const bool kept = co_await mover.keep();
                state->lost = state->lost || !kept;
            } catch (const std::exception&) { // again in a moment; the last step asks whether it still held
            }
        }
        co_await sleep_for(std::chrono::milliseconds(20));
    }
    state->ended = true;
}

} // namespace vitrina

#pragma once
#include "core/event_loops.hpp"
#include "db/standing.hpp"

#include <memory>

namespace vitrina {

// Gives the signs of life of a mover, from start() until end(). Who starts it must await its end: it uses the mover's
// database.
class KeptLease {
public:
    void start(EventLoops& loops, Mover mover);
    // It ran out in between: others may have gone on.
    bool is_lost() const;
    // Nothing where it was never started.
    Task<> end();

private:
    struct State;
    static Task<> keep(std::shared_ptr<State> state, Mover mover);

    std::shared_ptr<State> state_;
};

} // namespace vitrina

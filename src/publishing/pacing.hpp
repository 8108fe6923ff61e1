#pragma once
#include "core/clock.hpp"
#include "core/id.hpp"
#include "db/database.hpp"
#include "jobs/queue.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vitrina {

// How fast an account's publications may begin.
struct Pace {
    std::int64_t posts_per_day = 0;  // in any 24 hours; 0: as many as there are
    std::chrono::seconds spacing{0}; // between two of them; 0: none
    bool paused = false;             // nothing begins; what has begun goes on
};

// Turns: what is due together begins one after the other, where somebody wants that, and always where it is late,
// so that nothing bursts when a server comes back after days.
class Pacing {
public:
    Pacing(Database& database, JobQueue& queue, const Clock& clock) : db_(database), queue_(queue), clock_(clock) {}

    Task<Pace> of(AccountId account) const;
    Task<> set(AccountId account, Pace pace) const;
    Task<bool> is_all_paused() const;
    Task<> pause_all(bool paused) const;

    // Of a publication that has not begun.
    struct Wanted {
        std::string publication;
        AccountId account;
        Instant due{};                // when it should have begun
        std::optional<Instant> given; // the turn it was given before
    };
    struct Turn {
        std::optional<Instant> at;   // none: it is paused, and looked at again in a while
        bool is_new = false;         // given just now; kept in the row
        std::string why;             // for a person, where it has to wait
    };
    // Of the many that may ask at once each gets a turn of its own. `job` is the one it runs in: where that is
    // somebody else's by now, nothing is given.
    Task<Turn> take(const Job& job, Wanted wanted) const;

private:
    Database& db_;
    JobQueue& queue_;
    const Clock& clock_;
};

inline constexpr std::string_view paused_reason = "paused"; // the reason's code
// How long until what is paused is looked at again.
inline constexpr std::chrono::minutes look_at_paused_after{2};

} // namespace vitrina

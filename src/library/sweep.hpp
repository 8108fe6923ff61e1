#pragma once
#include "core/clock.hpp"
#include "db/database.hpp"
#include "library/objects.hpp"
#include "storage/object_store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace vitrina {

struct SweepReport {
    int abandoned = 0; // pending objects whose writer is gone, removed
    int deleted = 0;   // objects whose removal had been interrupted, removed
    int strays = 0;    // files in the store that nothing explains, seen for the first time
    int removed = 0;   // strays past their grace, removed
    std::vector<std::string> failures; // what could not be removed just now, and why; the next sweep tries again
};

// Seen by the metrics.
struct SweepCounters {
    std::atomic<std::uint64_t> removed = 0; // objects, whatever had left them
};

// Removes what crashes left in the store. Never an object that is live, or that somebody is still writing.
class Sweep {
public:
    // `grace`: how long a file that nothing explains is only watched.
    Sweep(Database& database, ObjectStore& store, const Clock& clock,
          std::chrono::seconds grace = std::chrono::hours(24));

    // Rows only: quick. At the start, and every minute or so.
    Task<SweepReport> run();
    // The same, and looks through the store: once a day. A file without a row is remembered on first sight, and
    // removed when it is still there and still unexplained a grace later: after a restored backup there is time to
    // notice.
    Task<SweepReport> run_through_store();

    const SweepCounters& counters() const { return counters_; }

private:
    Task<> remove_abandoned(SweepReport& report);
    Task<> remove_deleting(SweepReport& report);
    Task<> remove_old_strays(SweepReport& report);
    Task<> remember_strays(SweepReport& report);
    Task<> remember_if_stray(ObjectInfo object, SweepReport& report);

    Database& db_;
    ObjectStore& store_;
    const Clock& clock_;
    Objects objects_;
    std::chrono::seconds grace_;
    SweepCounters counters_;
};

} // namespace vitrina

#pragma once
#include "core/clock.hpp"
#include "db/database.hpp"
#include "library/objects.hpp"
#include "storage/object_store.hpp"

#include <chrono>

namespace vitrina {

struct SweepOptions {
    std::chrono::seconds grace = std::chrono::hours(24); // how long an unexplained file is only watched
};

struct SweepReport {
    int abandoned = 0; // pending objects whose writer is gone
    int deleted = 0;   // objects whose removal had been interrupted
    int strays = 0;    // files in the store that nothing explains, seen for the first time
    int removed = 0;   // strays past their grace
};

// Removes what crashes left in the store. Never an object that is live, or that somebody is still writing.
class Sweep {
public:
    Sweep(Database& database, ObjectStore& store, const Clock& clock, SweepOptions options = {});

    // Rows only: quick. At the start, and every few minutes.
    Task<SweepReport> run();
    // Looks through the store as well. Once a day. A file without a row is remembered on first sight and removed
    // when it is still there, and still unexplained, a grace later: after a restored backup there is time to notice.
    Task<SweepReport> run_through_store();

private:
    Task<> sweep_rows(SweepReport& report);

    Database& db_;
    ObjectStore& store_;
    const Clock& clock_;
    Objects objects_;
    SweepOptions options_;
};

} // namespace vitrina

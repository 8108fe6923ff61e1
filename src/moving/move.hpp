#pragma once
#include "core/event_loops.hpp"
#include "moving/arrivals.hpp"
#include "moving/kept_lease.hpp"
#include "moving/library_place.hpp"
#include "moving/progress.hpp"
#include "moving/row_sync.hpp"
#include "moving/transfers.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace vitrina {

struct MoveOptions {
    // How long uploads and jobs under way are waited for, before what is left of them is refused.
    std::chrono::seconds drain{60};
    // Reads every object at the destination once more, from its first byte to its last, before the switch.
    bool reread = false;
};

struct MoveReport {
    bool was_done = false; // an earlier run had moved it all
    std::uint64_t objects = 0, bytes = 0, rows = 0;
    std::uint64_t copied_objects = 0, copied_bytes = 0; // by this run
    std::chrono::milliseconds refused{0};               // how long nothing could be written
};

// Moves a library to another place while it is served. Objects and rows are copied in passes, until little changes in
// between; then the source is drained and frozen (db/standing.hpp), the rest is copied, all is compared, and in one
// transaction the source is marked as moved; only then the destination is opened. Nothing is deleted at the source.
//
// Killed at any moment, the next run goes on: what arrived is in the destination's ledger, and rows are compared
// anyway. Where only the database or only the store is another one, only that is moved.
//
// Throws MoveRefused.
class LibraryMove {
public:
    LibraryMove(EventLoops& loops, LibraryPlace& from, LibraryPlace& to, MoveOptions options, MoveProgress& progress);

    Task<MoveReport> run();

private:
    Task<bool> begin(); // false when there is nothing left to do
    Task<> arrive(Standing there);
    Task<> move_it();
    Task<> copy_while_serving();
    Task<std::uint64_t> copy_objects(MoveProgress::Stage stage);
    Task<> carry(Transfers& transfers, std::vector<Transfer>& batch);
    Task<std::uint64_t> copy_rows();
    Task<> switch_over();
    Task<> drain();
    Task<bool> has_work_under_way();
    Task<> copy_the_rest();
    Task<> check();
    Task<> reread_objects();
    Task<> finish();
    void check_damage() const;
    Task<> count_objects();

    EventLoops& loops_;
    LibraryPlace& from_;
    LibraryPlace& to_;
    const MoveOptions options_;
    MoveProgress& progress_;
    const bool moves_rows_, moves_files_;
    Damage damage_;
    Arrivals arrivals_;
    std::vector<Table> tables_;
    std::string library_, move_;
    std::string gone_mover_; // of an earlier run that is known to have ended
    KeptLease arriving_;     // of the destination
    bool look_twice_ = false; // the store is not new: an object may be there without the ledger knowing it
    MoveReport report_;
};

} // namespace vitrina

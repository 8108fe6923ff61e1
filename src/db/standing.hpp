#pragma once
#include "db/database.hpp"

#include <chrono>
#include <string>

namespace vitrina {

// How the library in this database stands: where it is served, whether it is on the way to another place, or went
// there.
//
//   open ──▶ draining ──▶ frozen ──▶ moved         the place that it leaves
//    ▲          │            │
//    └──────────┴────────────┘ when whoever moves it gives no sign of life for a while
//
//   (empty) ──▶ arriving ──▶ open                  the place that it comes to
//
// Whether something may be written is asked of the database itself, within each writing transaction (writes_refusal):
// no server can miss it, and nothing is written after it was said, whoever sleeps or is cut off.
struct Standing {
    enum class State { open, draining, frozen, moved, arriving } state = State::open;
    std::string library;     // its id, which goes with it; "" where nothing was ever moved
    std::string move;        // the id of the move that is under way, or was the last
    std::string other;       // where to, or where from, in words
    std::string mover;       // the process that moves it (core/instance.hpp)
    bool is_held = false;    // it gave a sign of life not long ago
    std::string files_mark;  // of the store that its files are in, "" for whichever the settings name
    std::string files_place; // that store in words
};

// Where files are kept: words for people, and a mark that is the same for the same place.
struct FilesPlace {
    std::string words;
    std::string mark;
};

// For SqliteOptions and PostgresOptions.
std::string writes_refusal(Dialect dialect, const FilesPlace& files);

// False while the library is being drained: no new upload and no job is begun then, what is under way may end.
Task<bool> takes_new_work(Transaction& transaction);

// Reads what stands there. Draining and frozen have ended by themselves when `until` is over.
Task<Standing> read_standing(Database& database);
// Gives the library an id, where it has none yet.
Task<Standing> identify_library(Database& database);

// Whether another process is at it: it gave a sign of life, and has not provably ended.
bool is_being_moved(const Standing& standing);

// What the mover says, and nobody else can say in its name: two that move the same library would undo each other's
// work. Each is one transaction.
class Mover {
public:
    // How long draining, frozen and arriving are the mover's own without another sign of life.
    static constexpr std::chrono::seconds lease{20};

    Mover(Database& database, std::string move, std::string other);

    // For the place that is left. The library may be open, or on its way by the hand of somebody who is gone.
    // False when somebody else is moving it. `ended` is a mover that is known to be gone, whose lease need not run out.
    Task<bool> drain(std::string ended = {});
    // Only from draining. False when the time was over meanwhile.
    Task<bool> freeze();
    // False when the time was over: others may have written.
    Task<bool> keep();
    // Back to open, at once.
    Task<> give_up();
    // Only from frozen. False when the time was over.
    Task<bool> mark_moved();
    // The same where only the files go: from now on they are there, and who still believes otherwise writes nothing.
    Task<bool> mark_files_moved(FilesPlace files);

    // For the place that it comes to: nobody may serve it before open(). Whoever moved it before is fenced out.
    Task<> begin_arriving(std::string library);
    // In a transaction that writes there: false when another mover has taken over.
    Task<bool> is_arriving_here(Transaction& transaction);
    // False as well.
    Task<bool> open();

private:
    Task<bool> change(Sql sql);

    Database& db_;
    std::string move_, other_, me_;
};

// What a person says who knows better: it is served from here, with the files there.
Task<> reopen_library(Database& database);

// "": a server may start on this library. Else why it may not, and what to do.
std::string refusal_to_serve(const Standing& standing, const FilesPlace& files);

} // namespace vitrina

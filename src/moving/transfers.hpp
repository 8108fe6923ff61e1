#pragma once
#include "core/event_loops.hpp"
#include "moving/progress.hpp"
#include "storage/object_store.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace vitrina {

// An object to be copied, and what it must be.
struct Transfer {
    ObjectKey from, to;
    std::uint64_t size = 0;
    std::string sha256;
    bool may_be_there = false; // whole or in part, from an earlier run
    bool arrived = false;
    std::string wrong; // why it could not be copied: what it is instead of what its row says
};

// Objects that are not what their rows say.
class Damage {
public:
    void add(std::string key, std::string what);
    std::uint64_t count() const { return count_; }
    // "3 objects are not what they should be: videos/… is missing; …": the first few. "" when there are none.
    std::string sentence() const;

private:
    std::uint64_t count_ = 0;
    std::vector<std::string> first_;
};

// Copies objects from store to store, several at a time. Each is hashed on its way and is finished over there only when
// it is what was expected; else nothing of it stays.
class Transfers {
public:
    // What is there already under its key: is its size enough, or is it read and hashed as well?
    enum class Trust { size, digest };

    Transfers(EventLoops& loops, ObjectStore& from, ObjectStore& to, MoveProgress& progress, Trust trust)
        : loops_(loops), from_(from), to_(to), progress_(progress), trust_(trust)
    {
    }

    // How many are under way at once, each best on a loop of its own (it hashes what it copies); each holds one small
    // buffer and what its stores hold.
    static constexpr std::size_t at_once = 4;
    // A batch ends when it has this much of both, or this many: what a kill makes us look at again is bounded by it.
    static bool is_full(std::size_t objects, std::uint64_t bytes);

    // Returns when each has arrived or was found to be wrong.
    Task<> run(std::vector<Transfer>& batch);

private:
    Task<> work(std::vector<Transfer>& batch, std::atomic<std::size_t>& next);
    Task<> carry(Transfer& transfer);
    Task<bool> is_there(const Transfer& transfer);
    Task<std::unique_ptr<ObjectWriter>> create(const Transfer& transfer);

    EventLoops& loops_;
    ObjectStore& from_;
    ObjectStore& to_;
    MoveProgress& progress_;
    const Trust trust_;
};

// What is wrong with an object, read from its first byte to its last; "" when nothing is.
Task<std::string> wrong_with(ObjectStore& store, ObjectKey key, std::uint64_t size, std::string sha256);

} // namespace vitrina

#pragma once
#include <atomic>
#include <cstdint>

namespace vitrina {

// How far a move, a backup or a restore is; written by whoever does it, read by whoever shows it. Any thread.
struct MoveProgress {
    enum class Stage { preparing, objects, rows, draining, last_objects, last_rows, checking, done };
    std::atomic<Stage> stage = Stage::preparing;
    std::atomic<std::uint64_t> objects = 0, all_objects = 0;
    std::atomic<std::uint64_t> bytes = 0, all_bytes = 0; // of objects
    std::atomic<std::uint64_t> copied_objects = 0, copied_bytes = 0; // not there already
    std::atomic<std::uint64_t> rows = 0;
};

} // namespace vitrina

#pragma once
#include <cstdint>
#include <string>

namespace vitrina {

struct ChildLimits {
    std::uint64_t memory = 0; // bytes of address space beyond what is mapped now
    std::uint64_t cpu_seconds = 0;
};

// Gives up everything this process could do to others, for good: descriptors other than 0…3, new privileges, files,
// sockets, programs, processes, signals to others. What remains is computing in bounded memory and time, messages on
// descriptor 3 and pread of a descriptor received through it. Any other system call kills the process, except
// opening a file, which just fails: FFmpeg and the C library look for optional ones (iconv's tables, /dev/urandom).
// Says what could not be given up, or nothing when all is well; without it no byte of a file may be touched.
std::string lock_down(const ChildLimits& limits);

} // namespace vitrina

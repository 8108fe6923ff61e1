#pragma once
#include <cstddef>

namespace vitrina {

// What a server asks of the kernel and of the allocator, once, at the start.
void prepare_process();

// As many connections as were wanted, or as this process may hold open files for; then it says so in the log.
std::size_t connections_possible(std::size_t wanted);

} // namespace vitrina

#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace vitrina {

// From the kernel (getrandom); throws when it gives none.
void fill_random(std::span<std::byte> out);

// `bytes` random bytes as lower-case hex: unguessable names and tokens.
std::string random_hex(std::size_t bytes);

// 0 up to 1, evenly: for jitter.
double roll_dice();

} // namespace vitrina

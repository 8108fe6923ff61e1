#pragma once
#include <cstdint>
#include <string>

namespace vitrina {

// Advisory locks, known to every process of ours on the same tables; the numbers are arbitrary and never change.
inline constexpr std::int32_t migration_lock = 7'311'201;
// Held by whoever writes: transactions are serialised, as Database promises.
inline constexpr std::int32_t writing_lock = 7'311'202;

// Both arguments of pg_advisory_xact_lock: installations in several schemas of one database do not hold each other up.
inline std::string lock_of_this_schema(std::int32_t lock)
{
    return std::to_string(lock) + ", hashtext(current_schema())";
}

} // namespace vitrina

#pragma once
#include "core/clock.hpp"
#include "db/database.hpp"

#include <cstdint>

namespace vitrina {

// The reason of a publication that was under way when its library was copied, by a backup that is restored or by a move
// that is taken back. The original went on meanwhile and may have posted it: only a person who looks over there knows.
inline constexpr const char* restored_reason = "restored"; // the reason's code

// Every publication that could still be posted becomes one whose outcome is unknown, and its job is withdrawn. What the
// network has accepted already is left as it is: asking after it posts nothing. Gives how many. May be done twice.
Task<std::int64_t> settle_restored_publications(Database& database, const Clock& clock);

} // namespace vitrina

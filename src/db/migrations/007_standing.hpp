#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration standing_migration;

} // namespace vitrina

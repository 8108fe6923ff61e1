#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration schedules_migration;

} // namespace vitrina

#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration pace_migration;

} // namespace vitrina

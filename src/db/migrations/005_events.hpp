#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration events_migration;

} // namespace vitrina

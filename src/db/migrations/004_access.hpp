#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration access_migration;

} // namespace vitrina

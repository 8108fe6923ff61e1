#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration library_migration;

} // namespace vitrina

#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration looks_migration;

} // namespace vitrina

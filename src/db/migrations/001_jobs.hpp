#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration jobs_migration;

} // namespace vitrina

#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration consent_migration;

} // namespace vitrina

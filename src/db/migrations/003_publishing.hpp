#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration publishing_migration;

} // namespace vitrina

#pragma once
#include "db/migrations.hpp"

namespace vitrina {

extern const Migration webhooks_migration;

} // namespace vitrina

#pragma once
#include "db/database.hpp"
#include "db/migrations.hpp"

#include <functional>

namespace vitrina {

// What every database engine must do; called from a TEST_CASE of each engine's test. `open` gives an empty
// database with these migrations applied; one that was opened before is gone by then.
void check_database_contract(const std::function<std::unique_ptr<Database>(std::vector<Migration>)>& open);

} // namespace vitrina

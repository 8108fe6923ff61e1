#include "db/migrations.hpp"

#include "db/migrations/001_jobs.hpp"

namespace vitrina {

// One line per migration, in order.
std::vector<Migration> all_migrations()
{
    return {
        jobs_migration,
    };
}

} // namespace vitrina

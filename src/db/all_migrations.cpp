#include "db/migrations.hpp"

#include "db/migrations/001_jobs.hpp"
#include "db/migrations/002_library.hpp"
#include "db/migrations/003_publishing.hpp"
#include "db/migrations/004_access.hpp"
#include "db/migrations/005_events.hpp"
#include "db/migrations/007_standing.hpp"
#include "db/migrations/008_consent.hpp"
#include "db/migrations/009_schedules.hpp"
#include "db/migrations/010_webhooks.hpp"
#include "db/migrations/011_pace.hpp"
#include "db/migrations/012_looks.hpp"

namespace vitrina {

// One line per migration, in order.
std::vector<Migration> all_migrations()
{
    return {
        jobs_migration,     library_migration,  publishing_migration, access_migration,
        events_migration,   standing_migration, consent_migration,    schedules_migration,
        webhooks_migration, pace_migration,     looks_migration,
    };
}

} // namespace vitrina

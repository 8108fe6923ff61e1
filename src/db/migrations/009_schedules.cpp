#include "db/migrations/009_schedules.hpp"

namespace vitrina {

// When a publication is to be posted (null: at once), and the zone in which that was meant, for people to read: the
// instant alone decides.
constinit const Migration schedules_migration{9, "schedules", R"sql(
ALTER TABLE publications ADD COLUMN publish_at BIGINT;
ALTER TABLE publications ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
)sql"};

} // namespace vitrina

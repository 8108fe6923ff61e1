#include "db/migrations/011_pace.hpp"

namespace vitrina {

// How fast an account's publications may begin: 0 stands for no limit; spacing is in seconds. The row is also what
// those that ask for their turn queue at. An account_id that is '' speaks of all accounts.
// slot_at: the turn that a publication was given, where it had to ask for one.
constinit const Migration pace_migration{11, "pace", R"sql(
CREATE TABLE account_pace (
    account_id    TEXT   NOT NULL PRIMARY KEY,
    posts_per_day BIGINT NOT NULL DEFAULT 0,
    spacing       BIGINT NOT NULL DEFAULT 0,
    paused        BIGINT NOT NULL DEFAULT 0
);
ALTER TABLE publications ADD COLUMN slot_at BIGINT;
CREATE INDEX publications_slots ON publications (account_id, slot_at) WHERE slot_at IS NOT NULL;
)sql"};

} // namespace vitrina

#include "db/migrations/012_looks.hpp"

namespace vitrina {

// look_at: when a published post is looked at next; NULL: never. looks: how many looks found it. missing_since: when
// the network first said that it has it no more. What was asked to be changed of a published post: edit_status is ''
// (nothing), pending, done or failed; edit_order has the words as they were fixed then, edit_options what the
// publication's options become with them.
constinit const Migration looks_migration{12, "looks", R"sql(
ALTER TABLE publications ADD COLUMN look_at BIGINT;
ALTER TABLE publications ADD COLUMN looks BIGINT NOT NULL DEFAULT 0;
ALTER TABLE publications ADD COLUMN seen_at BIGINT;
ALTER TABLE publications ADD COLUMN seen_privacy TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN missing_since BIGINT;
ALTER TABLE publications ADD COLUMN edit_status TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN edit_order TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN edit_options TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN edit_code TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN edit_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE publications ADD COLUMN edit_at BIGINT;
UPDATE publications SET look_at = updated_at WHERE status = 'published';
CREATE INDEX publications_looks ON publications (account_id, look_at) WHERE look_at IS NOT NULL;
)sql"};

} // namespace vitrina

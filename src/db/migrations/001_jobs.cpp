#include "db/migrations/001_jobs.hpp"

namespace vitrina {

// `jobs` holds unfinished work only, so that it stays small whatever the history: what is done is deleted, what
// cannot be done moves to `dead_jobs`. due_at is when somebody may claim the job: its time for a waiting job, the
// end of the lease for a running one (owner is set), so that one index finds both. history has a line for every
// attempt that went wrong.
constinit const Migration jobs_migration{1, "jobs", R"sql(
CREATE TABLE jobs (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    unique_key   TEXT,
    due_at       BIGINT  NOT NULL,
    owner        TEXT,
    fence        BIGINT  NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    history      TEXT    NOT NULL DEFAULT '',
    created_at   BIGINT  NOT NULL
);
CREATE INDEX jobs_due ON jobs (kind, due_at, id);
CREATE UNIQUE INDEX jobs_unique_key ON jobs (unique_key) WHERE unique_key IS NOT NULL;

CREATE TABLE dead_jobs (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    payload      TEXT    NOT NULL,
    unique_key   TEXT,
    fence        BIGINT  NOT NULL,
    attempts     INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    last_error   TEXT    NOT NULL,
    history      TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    died_at      BIGINT  NOT NULL
);
CREATE INDEX dead_jobs_died ON dead_jobs (died_at, id);
)sql"};

} // namespace vitrina

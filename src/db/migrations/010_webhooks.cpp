#include "db/migrations/010_webhooks.hpp"

namespace vitrina {

// Who wants to be told of events, and what was sent to them.
//
// A webhook stands at a position of the events table: those after it were not looked at for it yet. What it wants of
// them becomes deliveries, numbered in their order. Deliveries of one lane (a video's history, else what the event is
// about) go out one after the other: the first unsettled one is 'queued' and has a job, those behind it are 'waiting'.
// So are all of a webhook that is paused. `pending` counts the unsettled ones, so that nobody has to.
//
// A secret without an end is the one that signs for good; one with an end signs beside it until then. asked_by names
// the request that made the webhook, for when its answer was lost.
constinit const Migration webhooks_migration{10, "webhooks", R"sql(
CREATE TABLE webhooks (
    id            TEXT   NOT NULL PRIMARY KEY,
    url           TEXT   NOT NULL,
    description   TEXT   NOT NULL,
    types         TEXT   NOT NULL,
    status        TEXT   NOT NULL,
    reason_code   TEXT   NOT NULL DEFAULT '',
    trouble       TEXT   NOT NULL DEFAULT '',
    position      BIGINT NOT NULL,
    last_number   BIGINT NOT NULL DEFAULT 0,
    pending       BIGINT NOT NULL DEFAULT 0,
    missed        BIGINT NOT NULL DEFAULT 0,
    failures      BIGINT NOT NULL DEFAULT 0,
    failing_since BIGINT,
    rests_until   BIGINT NOT NULL DEFAULT 0,
    delivered_at  BIGINT,
    asked_by      TEXT,
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    version       BIGINT NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX webhooks_asked_by ON webhooks (asked_by) WHERE asked_by IS NOT NULL;

CREATE TABLE webhook_secrets (
    webhook_id  TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    sealed      TEXT   NOT NULL,
    signs_until BIGINT,
    PRIMARY KEY (webhook_id, number)
);

CREATE TABLE webhook_deliveries (
    id              TEXT   NOT NULL PRIMARY KEY,
    webhook_id      TEXT   NOT NULL,
    number          BIGINT NOT NULL,
    lane            TEXT   NOT NULL,
    event_id        TEXT   NOT NULL,
    type            TEXT   NOT NULL,
    body            TEXT   NOT NULL,
    state           TEXT   NOT NULL,
    job_id          TEXT   NOT NULL DEFAULT '',
    attempts        BIGINT NOT NULL DEFAULT 0,
    last_status     BIGINT NOT NULL DEFAULT 0,
    trouble         TEXT   NOT NULL DEFAULT '',
    next_attempt_at BIGINT NOT NULL DEFAULT 0,
    give_up_at      BIGINT NOT NULL,
    replay_of       TEXT,
    replayed        BIGINT NOT NULL DEFAULT 0,
    created_at      BIGINT NOT NULL,
    settled_at      BIGINT
);
CREATE UNIQUE INDEX webhook_deliveries_number ON webhook_deliveries (webhook_id, number);
CREATE INDEX webhook_deliveries_of_state ON webhook_deliveries (webhook_id, state, number);
CREATE INDEX webhook_deliveries_unsettled ON webhook_deliveries (webhook_id, lane, number) WHERE settled_at IS NULL;
CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (settled_at, id) WHERE settled_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    delivery_id TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    took_ms     BIGINT NOT NULL,
    status      BIGINT NOT NULL,
    trouble     TEXT   NOT NULL,
    answer      TEXT   NOT NULL,
    PRIMARY KEY (delivery_id, number)
);
)sql"};

} // namespace vitrina

#include "db/migrations/004_access.hpp"

namespace vitrina {

// A token is known by the SHA-256 of its text only. access_keys holds what signs media URLs: in the database, because
// every process must sign alike and the URLs must outlive a change of the vault's key. media_epochs has a row only for
// videos whose URLs were revoked. An idempotency key without a status belongs to a request under way.
constinit const Migration access_migration{4, "access", R"sql(
CREATE TABLE tokens (
    id           TEXT    NOT NULL PRIMARY KEY,
    name         TEXT    NOT NULL,
    hash         TEXT    NOT NULL UNIQUE,
    scopes       TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    expires_at   BIGINT,
    last_used_at BIGINT,
    revoked_at   BIGINT
);

CREATE TABLE access_keys (
    name       TEXT   NOT NULL PRIMARY KEY,
    secret     TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE media_epochs (
    video_id TEXT   NOT NULL PRIMARY KEY,
    epoch    BIGINT NOT NULL
);

CREATE TABLE idempotency_keys (
    scope        TEXT    NOT NULL PRIMARY KEY,
    subject      TEXT    NOT NULL,
    fingerprint  TEXT,
    runner       TEXT    NOT NULL,
    lease_until  BIGINT  NOT NULL,
    status       INTEGER,
    content_type TEXT,
    location     TEXT,
    etag         TEXT,
    body         TEXT,
    expires_at   BIGINT  NOT NULL
);
CREATE INDEX idempotency_keys_expire ON idempotency_keys (expires_at);
)sql"};

} // namespace vitrina

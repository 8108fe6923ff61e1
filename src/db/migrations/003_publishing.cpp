#include "db/migrations/003_publishing.hpp"

namespace vitrina {

// publications keeps the names that existing clients read (platform, platform_post_id, published_at, status) and adds
// to them. publications_live is what makes posting twice impossible: one row per video and account while it is not
// over. publish_attempts_open allows one try of the irreversible call at a time, whatever workers believe.
// Columns that end in _sealed are opened by the vault only.
constinit const Migration publishing_migration{3, "publishing", R"sql(
CREATE TABLE accounts (
    id                   TEXT   NOT NULL PRIMARY KEY,
    platform             TEXT   NOT NULL,
    name                 TEXT   NOT NULL,
    remote_id            TEXT   NOT NULL,
    base_url             TEXT   NOT NULL,
    sandbox              BIGINT NOT NULL,
    status               TEXT   NOT NULL,
    reason               TEXT   NOT NULL DEFAULT '',
    client_id            TEXT   NOT NULL,
    client_secret_sealed TEXT   NOT NULL,
    access_token_sealed  TEXT   NOT NULL,
    refresh_token_sealed TEXT   NOT NULL,
    access_expires_at    BIGINT,
    version              BIGINT NOT NULL DEFAULT 1,
    refreshing_until     BIGINT NOT NULL DEFAULT 0,
    refresh_failures     BIGINT NOT NULL DEFAULT 0,
    refresh_after        BIGINT NOT NULL DEFAULT 0,
    refresh_trouble      TEXT   NOT NULL DEFAULT '',
    created_at           BIGINT NOT NULL,
    updated_at           BIGINT NOT NULL
);
CREATE UNIQUE INDEX accounts_identity ON accounts (platform, base_url, remote_id, sandbox);

CREATE TABLE publications (
    id               TEXT   NOT NULL PRIMARY KEY,
    video_id         TEXT   NOT NULL,
    account_id       TEXT   NOT NULL,
    platform         TEXT   NOT NULL,
    sandbox          BIGINT NOT NULL,
    platform_post_id TEXT,
    published_at     BIGINT,
    status           TEXT   NOT NULL,
    options          TEXT   NOT NULL,
    order_json       TEXT   NOT NULL DEFAULT '',
    memory_sealed    TEXT   NOT NULL DEFAULT '',
    attempts         BIGINT NOT NULL DEFAULT 0,
    bytes_sent       BIGINT NOT NULL DEFAULT 0,
    bytes_total      BIGINT NOT NULL DEFAULT 0,
    permalink        TEXT   NOT NULL DEFAULT '',
    waiting_until    BIGINT,
    troubles         BIGINT NOT NULL DEFAULT 0,
    progress_at      BIGINT NOT NULL,
    reason_code      TEXT   NOT NULL DEFAULT '',
    reason           TEXT   NOT NULL DEFAULT '',
    removing         BIGINT NOT NULL DEFAULT 0,
    retried_by       TEXT   NOT NULL DEFAULT '',
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);
CREATE UNIQUE INDEX publications_live ON publications (video_id, account_id)
    WHERE status NOT IN ('failed', 'cancelled', 'deleted');
CREATE INDEX publications_of_video ON publications (video_id, id);
CREATE INDEX publications_of_account ON publications (account_id, status);

CREATE TABLE publish_attempts (
    publication_id TEXT   NOT NULL REFERENCES publications (id),
    number         BIGINT NOT NULL,
    outcome        TEXT   NOT NULL,
    armed_at       BIGINT NOT NULL,
    settled_at     BIGINT,
    PRIMARY KEY (publication_id, number)
);
CREATE UNIQUE INDEX publish_attempts_open ON publish_attempts (publication_id)
    WHERE outcome IN ('armed', 'sent', 'unknown');

CREATE TABLE publish_notes (
    publication_id TEXT   NOT NULL REFERENCES publications (id),
    number         BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    step           TEXT   NOT NULL,
    http_status    BIGINT NOT NULL,
    evidence       TEXT   NOT NULL,
    PRIMARY KEY (publication_id, number)
);
)sql"};

} // namespace vitrina

#include "db/migrations/008_consent.hpp"

namespace vitrina {

// When an account's refresh token ends, where the network says so. And people on their way to a network's consent page
// and back: a visit is found by the digest of its state, which only the network and the browser know, and is worth
// nothing after some minutes. identities_sealed is what the person chooses among, tokens and all.
constinit const Migration consent_migration{8, "consent", R"sql(
ALTER TABLE accounts ADD COLUMN refresh_expires_at BIGINT;

CREATE TABLE consent_visits (
    id                   TEXT   NOT NULL PRIMARY KEY,
    state_digest         TEXT   NOT NULL,
    browser_digest       TEXT   NOT NULL,
    platform             TEXT   NOT NULL,
    base_url             TEXT   NOT NULL,
    sandbox              BIGINT NOT NULL,
    redirect_uri         TEXT   NOT NULL,
    verifier_sealed      TEXT   NOT NULL,
    client_id            TEXT   NOT NULL,
    client_secret_sealed TEXT   NOT NULL,
    stage                TEXT   NOT NULL,
    reason               TEXT   NOT NULL DEFAULT '',
    identities_sealed    TEXT   NOT NULL DEFAULT '',
    account_id           TEXT   NOT NULL DEFAULT '',
    created_at           BIGINT NOT NULL,
    expires_at           BIGINT NOT NULL
);
CREATE UNIQUE INDEX consent_visits_state ON consent_visits (state_digest);
CREATE INDEX consent_visits_expiry ON consent_visits (expires_at);
)sql"};

} // namespace vitrina

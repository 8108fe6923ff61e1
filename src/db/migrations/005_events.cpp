#include "db/migrations/005_events.hpp"

namespace vitrina {

// What happened, once and in order, written in the transaction in which it happened. Positions are 1, 2, 3, … without
// gaps, because writers take turns on both engines and each counts on from the last row: so the newest row is never
// removed. data is a small JSON object. A video's events are found by video_id, whatever they are about.
constinit const Migration events_migration{5, "events", R"sql(
CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    id       TEXT    NOT NULL UNIQUE,
    type     TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    video_id TEXT,
    at       BIGINT  NOT NULL,
    data     TEXT    NOT NULL
);
CREATE INDEX events_of_video ON events (video_id, position) WHERE video_id IS NOT NULL;
)sql"};

} // namespace vitrina
